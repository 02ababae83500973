# bench/run search: every bar of the search engine. Steps are chosen with --only.

# quality: judged sets. speed: import, searches and memory with the titles. million: searches, memory and the start with
# a million. busy: searches while an import runs.
steps=(quality speed million busy)
million=1000000
# Requests a second at which latencies are taken: alone, and beside an import.
fixed_rate=500
busy_rate=200
# The load after which memory is looked at, and the rest before that, in seconds.
memory_load=60
memory_rest=60

main() {
    local step
    check_steps
    check_tools
    check_sets
    check_judged
    build
    make_scratch
    for step in "${steps[@]}"; do
        if wanted "$step"; then "measure_$step"; fi
    done
    report
}

check_judged() {
    local set file
    wanted quality || return 0
    for set in kuake_qtr qbqtc; do
        for file in corpus queries qrels; do
            [ -r "$sets/judged/$set/$file.tsv" ] || fail "there is no judged/$set/$file.tsv in $sets"
        done
    done
    [ -r "$sets/correction/mcsc.tsv" ] || fail "there is no correction/mcsc.tsv in $sets"
}

measure_quality() {
    local set
    for set in kuake_qtr qbqtc; do
        say "quality on $set"
        run "$qiusuo" eval search --corpus "$sets/judged/$set/corpus.tsv" --queries "$sets/judged/$set/queries.tsv" \
            --qrels "$sets/judged/$set/qrels.tsv" --json >"$results/quality.$set.json" || fail "the evaluation failed"
    done
    say "repairs of typed errors"
    run "$qiusuo" eval corrections --pairs "$sets/correction/mcsc.tsv" --texts "$titles" "$hot_log" \
        "$sets"/judged/{kuake_qtr,qbqtc}/{corpus,queries}.tsv --json >"$results/corrections.json" || fail "the evaluation failed"
}

# content_of SIZE: the titles, or as many made of them; sets content.
content_of() {
    content=$titles
    if [ "$1" != titles ]; then
        content=$scratch/content.$1.ndjson.gz
        if [ ! -e "$content" ]; then
            say "making content of $1 items"
            run python3 "$bench/tools/extend.py" "$titles" "$1" "$content"
        fi
    fi
}

# import_both SIZE: both indexes over that content, each alone on the machine.
import_both() {
    content_of "$1"
    say "the opponent's index, $1"
    measured "opponent_index.$1.json" "$opponent" index "$scratch/plain.$1" "$content"
    say "importing, $1"
    measured "import.$1.json" "$qiusuo" import --data "$scratch/data.$1" --json "$content"
    tool text_bytes "$content" >"$results/text_bytes.$1.json"
    "$qiusuo" app create --data "$scratch/data.$1" --partner bench --json >/dev/null
}

# serve_ours SIZE: our server over that directory.
serve_ours() {
    start "qiusuo.$1" /readyz "$qiusuo" serve --data "$scratch/data.$1" --listen 127.0.0.1:@PORT@
    our_process=$started_process our_address=$started_address
    sign_in "$scratch/data.$1" "$our_address"
}

# ask_ours ROW [OPTION…]: one round of our server.
ask_ours() { take "$1" ours "$our_address" "$search_template" "$scratch/pairs.txt" "$our_process" '"ret":0' "${@:2}"; }

# The opponent's server and ours stay up together: the one that is not asked uses no CPU.
measure_size() {
    local size=$1 theirs="/search?count=10&keyword={}" round
    [ -e "$scratch/pairs.txt" ] || "$opponent" pairs "$titles" >"$scratch/pairs.txt"
    import_both "$size"
    start "opponent.$size" "/search?keyword=%E7%BE%8E%E9%A3%9F" "$opponent" serve "$scratch/plain.$size" @PORT@
    local their_process=$started_process their_address=$started_address
    serve_ours "$size"
    wait_until_learned
    tool answers "$our_address" "$search_template" "$scratch/pairs.txt" data >"$results/answers.$size.json"
    for ((round = 1; round <= rounds; round++)); do
        say "searches, $size, round $round of $rounds"
        take "search_$size" theirs "$their_address" "$theirs" "$scratch/pairs.txt" "$their_process" '"ret":0'
        ask_ours "search_$size"
    done
    stop "$their_process"
    say "searches, $size, $fixed_rate a second"
    ask_ours "rate_$size" --rate "$fixed_rate"
    say "memory, $size: $memory_load s of load, $memory_rest s of rest"
    ask_ours "memory_$size" --seconds "$memory_load"
    sleep "$memory_rest"
    memory_of "$our_process" >"$results/memory.$size.json"
    stop "$our_process"
}

measure_speed() { measure_size titles; }

# The files are in the page cache: the server has just read them.
measure_million() {
    local round
    measure_size "$million"
    for ((round = 1; round <= rounds; round++)); do
        serve_ours "$million"
        echo "$started_seconds" >"$results/start.$round.json"
        stop "$our_process"
    done
}

# The import is a command beside the server, on the generator's core; what it writes is indexed by the server.
measure_busy() {
    local round import more=$scratch/more.ndjson.gz
    [ -e "$scratch/pairs.txt" ] || "$opponent" pairs "$titles" >"$scratch/pairs.txt"
    [ -e "$scratch/data.titles" ] || import_both titles
    serve_ours titles
    wait_until_learned
    for ((round = 1; round <= rounds; round++)); do
        say "$busy_rate searches a second alone, round $round of $rounds"
        ask_ours busy_without --rate "$busy_rate"
        # Other items each time, and more of them than are imported during a round.
        run python3 "$bench/tools/extend.py" "$titles" 200000 "$more" --first "$((round * 1000000))"
        taskset -c "$generator_core" "$qiusuo" import --data "$scratch/data.titles" --json "$more" >"$results/busy_import.$round.json" &
        import=$!
        sleep 1
        say "the same during an import"
        ask_ours busy_during --rate "$busy_rate"
        if jobs -pr | grep -qx "$import"; then echo true; else echo false; fi >"$results/went_on.$round.json"
        # 3: some lines were rejected, as some of the titles are.
        wait "$import" || [ $? = 3 ] || fail "the import failed"
    done
    say "how soon an item can be found"
    "$qiusuo" operator create --data "$scratch/data.titles" --name bench --role editor --json >"$scratch/operator.json"
    tool searchable "$our_address" "$(tool field key <"$scratch/operator.json")" "$search_template" >"$results/searchable.json"
    stop "$our_process"
}

report() { print_table search_table; }
