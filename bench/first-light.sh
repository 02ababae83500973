# bench/run first-light: import, content search and suggestions beside the fixed opponent.

data_directory() { printf '%s/data' "$scratch"; }
our() { "$qiusuo" --data "$(data_directory)" "$@"; }

main() {
    check_tools
    check_sets
    build
    make_scratch
    import_all
    prepare_queries
    start_servers
    measure_search
    measure_suggestions
    memory_of "$our_process" >"$results/server_memory.json"
    report
}

import_all() {
    say "the opponent's index"
    measured opponent_index.json "$opponent" index "$scratch/plain" "$titles"
    bytes_on_disk "$scratch" | python3 -c 'import json, sys; print(json.load(sys.stdin)["plain"])' >"$results/opponent_disk.json"
    say "importing content"
    measured import_content.json "$qiusuo" import --data "$(data_directory)" --json "$titles"
    say "importing the query log"
    measured import_queries.json "$qiusuo" import --data "$(data_directory)" --kind queries --json "$hot_log"
    bytes_on_disk "$(data_directory)" >"$results/disk.json"
}

prepare_queries() {
    "$opponent" pairs "$titles" >"$scratch/pairs.txt"
    tool prefixes "$hot_log" >"$scratch/prefixes.txt"
}

# The opponent's search server and ours stay up together: the one that is not asked uses no CPU.
start_servers() {
    say "starting the servers"
    start opponent "/search?keyword=%E7%BE%8E%E9%A3%9F" "$opponent" serve "$scratch/plain" @PORT@
    their_process=$started_process their_address=$started_address
    our app create --partner bench --json >"$scratch/app.json"
    our token create --name bench --json >"$scratch/token.json"
    start qiusuo /readyz "$qiusuo" serve --data "$(data_directory)" --listen 127.0.0.1:@PORT@
    our_process=$started_process our_address=$started_address
    echo "$started_seconds" >"$results/seconds_until_ready.json"
    wait_until_learned
    sign_in "$(data_directory)" "$our_address"
    suggest_template="/api/xiaohongshu/search-recommend/v1?token=$(tool field token <"$scratch/token.json")&keyword={}"
}

measure_search() {
    local queries=$scratch/pairs.txt theirs="/search?count=10&keyword={}" round
    tool answers "$their_address" "$theirs" "$queries" data >"$results/answers.content_search.theirs.json"
    tool answers "$our_address" "$search_template" "$queries" data >"$results/answers.content_search.ours.json"
    for ((round = 1; round <= rounds; round++)); do
        say "content search, round $round of $rounds"
        take content_search theirs "$their_address" "$theirs" "$queries" "$their_process" '"ret":0'
        take content_search ours "$our_address" "$search_template" "$queries" "$our_process" '"ret":0'
    done
}

# The bare server answers as many bytes as ours did on average in a run before the rounds.
measure_suggestions() {
    local queries=$scratch/prefixes.txt bytes round
    tool answers "$our_address" "$suggest_template" "$queries" data.items >"$results/answers.suggestions.ours.json"
    say "suggestions, the mean length of an answer"
    take suggestions_length ours "$our_address" "$suggest_template" "$queries" "$our_process" '"code":0'
    bytes=$(tail -n 1 "$results/rounds.ndjson" | tool field bytes_per_answer)
    start bare / "$opponent" bare @PORT@ "$bytes"
    for ((round = 1; round <= rounds; round++)); do
        say "suggestions, round $round of $rounds"
        take suggestions theirs "$started_address" "/?keyword={}" "$queries" "$started_process" '{"pad"'
        take suggestions ours "$our_address" "$suggest_template" "$queries" "$our_process" '"code":0'
    done
}

report() { print_table table; }
