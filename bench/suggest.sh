# bench/run suggest: every bar of the suggestion engine. Steps are chosen with --only.

steps=(core http growth rebuild routes quality)
# The core is measured at these sizes, as far as --entries goes; HTTP, recall and the rebuild at the middle one.
sizes=(100000 1000000 10000000)
middle=1000000
# Requests a second at which latencies are taken: while entries grow, and during a rebuild.
growth_rate=2000
rebuild_rate=1000
# How long a rebuild may keep us waiting for its beginning.
rebuild_wait=900
suggest_core=$target/$profile/examples/bench_suggest

main() {
    check_steps
    check_sizes
    check_tools
    check_sets
    build
    cargo build --profile "$profile" --locked --manifest-path "$root/Cargo.toml" --target-dir "$target" -p engine --example bench_suggest >&2
    make_scratch
    tool prefixes "$hot_log" >"$scratch/prefixes.txt"
    local step
    for step in "${steps[@]}"; do
        if wanted "$step"; then "measure_$step"; fi
    done
    report
}

check_sizes() {
    local kept=() size
    for size in "${sizes[@]}"; do
        if [ "$size" -lt "$entries" ]; then kept+=("$size"); fi
    done
    sizes=("${kept[@]}" "$entries")
    if [ "$entries" -lt "$middle" ]; then middle=$entries; fi
}

# log_of SIZE: the generated log of so many entries, made once.
log_of() {
    local file=$scratch/entries.$1.tsv
    if [ ! -e "$file" ]; then
        say "making a log of $1 entries"
        run "$suggest_core" generate "$sets" "$1" "$file" >"$results/generate.$1.json" || fail "no log was made"
    fi
}

measure_core() {
    local size
    for size in "${sizes[@]}"; do
        log_of "$size"
        say "core: building $size entries"
        run "$suggest_core" build "$scratch/entries.$size.tsv" "$scratch/base" >"$results/build.$size.json" || fail "the build failed"
        say "core: asking $size entries"
        run taskset -c "$server_core" "$suggest_core" ask "$scratch/entries.$size.tsv" "$scratch/base" \
            >"$results/ask.$size.json" || fail "asking failed"
        rm -f "$scratch/base"
    done
}

# directory_of SIZE: a data directory with that log imported, made once.
directory_of() {
    local directory=$scratch/data.$1
    if [ ! -e "$directory" ]; then
        log_of "$1"
        say "importing $1 entries"
        measured "import.$1.json" "$qiusuo" import --data "$directory" --kind queries --json "$scratch/entries.$1.tsv"
        "$qiusuo" token create --data "$directory" --name bench --json >"$scratch/token.$1.json"
    fi
}

# serve SIZE NAME [VARIABLE=VALUE…]: our server over that directory.
serve() {
    local size=$1 name=$2
    shift 2
    start "$name" /readyz env "$@" "$qiusuo" serve --data "$scratch/data.$size" --listen 127.0.0.1:@PORT@
    our_process=$started_process our_address=$started_address
    suggest_template="/api/xiaohongshu/search-recommend/v1?token=$(tool field token <"$scratch/token.$size.json")&keyword={}"
}

# ask_ours ROW SIDE QUERIES [OPTION…]: one round of our server.
ask_ours() { take "$1" "$2" "$our_address" "$suggest_template" "$3" "$our_process" '"code":0' "${@:4}"; }

measure_http() {
    directory_of "$middle"
    local cache bytes round queries=$scratch/full.txt
    for cache in off on; do
        if [ "$cache" = off ]; then set -- QIUSUO_SUGGEST_CACHE_BYTES=0; else set --; fi
        serve "$middle" "qiusuo_$cache" "$@"
        wait_until_learned
        # The bar is for answers of fifteen items: only prefixes that have one are asked.
        if [ ! -e "$queries" ]; then
            tool full "$our_address" "$suggest_template" "$scratch/prefixes.txt" data.items 15 >"$queries"
        fi
        tool answers "$our_address" "$suggest_template" "$queries" data.items >"$results/answers.$cache.json"
        say "HTTP, answer cache $cache: the mean length of an answer"
        ask_ours length ours "$queries"
        bytes=$(tail -n 1 "$results/rounds.ndjson" | tool field bytes_per_answer)
        start bare / "$opponent" bare @PORT@ "$bytes"
        local bare=$started_process bare_address=$started_address
        for ((round = 1; round <= rounds; round++)); do
            say "HTTP, answer cache $cache, round $round of $rounds"
            take "http_$cache" theirs "$bare_address" "/?keyword={}" "$queries" "$bare" '{"pad"'
            ask_ours "http_$cache" ours "$queries"
        done
        curl -fsS "http://$our_address/metrics" >"$results/metrics.$cache.txt"
        say "HTTP, answer cache $cache, all prefixes"
        ask_ours "http_all_$cache" ours "$scratch/prefixes.txt"
        stop "$bare"
        stop "$our_process"
    done
}

measure_growth() {
    local size round
    for size in "${sizes[0]}" "${sizes[-1]}"; do
        directory_of "$size"
        serve "$size" qiusuo
        wait_until_learned
        for ((round = 1; round <= rounds; round++)); do
            say "growth, $size entries, $growth_rate a second, round $round of $rounds"
            ask_ours "growth_$size" ours "$scratch/prefixes.txt" --rate "$growth_rate"
        done
        stop "$our_process"
    done
}

is_building() { curl -fsS "http://$our_address/metrics" | grep -q '^qiusuo_suggestion_build_running 1'; }

# One line more in the log makes a whole base due.
begin_rebuild() {
    printf 'date\tquery\n%s\t%s\n' "$(date +%F)" "重建$1" >"$scratch/one.tsv"
    "$qiusuo" import --data "$scratch/data.$middle" --kind queries --no-wait --json "$scratch/one.tsv" >/dev/null
    local until=$((SECONDS + rebuild_wait))
    until is_building; do
        [ "$SECONDS" -lt "$until" ] || fail "no rebuild began within $rebuild_wait seconds"
        sleep 0.2
    done
}

# A round during a rebuild counts only if the rebuild went on until its end.
measure_rebuild() {
    directory_of "$middle"
    serve "$middle" qiusuo
    local round
    for ((round = 1; round <= rounds; round++)); do
        while is_building; do sleep 0.5; done
        say "without a rebuild, round $round of $rounds"
        ask_ours rebuild without "$scratch/prefixes.txt" --rate "$rebuild_rate"
        say "waiting for a rebuild"
        begin_rebuild "$round"
        say "during a rebuild, round $round of $rounds"
        ask_ours rebuild during "$scratch/prefixes.txt" --rate "$rebuild_rate" --warm 1
        if is_building; then echo yes; else echo no; fi >>"$results/rebuild_went_on.txt"
    done
    stop "$our_process"
}

measure_routes() {
    log_of "$middle"
    say "recall by route"
    run "$qiusuo" eval routes --data "$scratch/nothing" --log "$scratch/entries.$middle.tsv" --json >"$results/routes.json" ||
        fail "the route test failed"
}

measure_quality() {
    say "quality on the dated log"
    run "$qiusuo" eval suggest --data "$scratch/nothing" --log "$hot_log" --json >"$results/quality.json" ||
        fail "the evaluation failed"
}

report() { print_table suggest_table --middle "$middle"; }
