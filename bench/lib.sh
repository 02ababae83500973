# Shared by the benches: tools, builds, the scratch directory, processes, servers, rounds. Sourced by bench/run.

opponent=$bench/opponent/target/release/opponent
target=${CARGO_TARGET_DIR:-$root/target}
qiusuo=$target/$profile/qiusuo

# tool NAME ARGUMENT…: one of the small programs under bench/tools.
tool() { local name=$1; shift; PYTHONDONTWRITEBYTECODE=1 python3 "$bench/tools/$name.py" "$@"; }

# wanted STEP: whether --only leaves it in.
wanted() { [ -z "$only" ] || [[ ,$only, == *,$1,* ]]; }

# Fails when --only names what is none of the bench's steps.
check_steps() {
    local step
    for step in ${only//,/ }; do
        [[ " ${steps[*]} " == *" $step "* ]] || fail "there is no step '$step'; there are: ${steps[*]}"
    done
}

check_tools() {
    local command
    for command in cargo cc curl python3 taskset; do
        command -v "$command" >/dev/null || fail "$command is missing (taskset is in the package util-linux)"
    done
    local cores
    read -r -a cores < <(python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')
    [ "${#cores[@]}" -ge 2 ] || fail "two cores are needed: one for a server, one for the load generator"
    server_core=${cores[0]} generator_core=${cores[1]}
}

check_sets() {
    local want="It holds titles.ndjson.gz (content in the import form: one JSON item a line, gzip) and
hot_daily.tsv.gz (a query log: gzip, tab-separated, a header line with the columns date and query, a line a query)."
    [ -n "$sets" ] || fail "where are the data sets? Set QIUSUO_DATA or give --data DIR.
$want"
    local file
    for file in titles.ndjson.gz hot_daily.tsv.gz; do
        [ -r "$sets/$file" ] || fail "there is no $file in $sets.
$want"
    done
    sets=$(cd "$sets" && pwd)
    titles=$sets/titles.ndjson.gz hot_log=$sets/hot_daily.tsv.gz
}

build() {
    say "building the opponent and qiusuo ($profile)"
    cargo build --release --locked --manifest-path "$bench/opponent/Cargo.toml" --target-dir "$bench/opponent/target" >&2
    cargo build --profile "$profile" --locked --manifest-path "$root/Cargo.toml" --target-dir "$target" -p qiusuo >&2
}

make_scratch() {
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    scratch=$(mktemp -d)
    results=$scratch/results
    mkdir "$results"
}

# `jobs` knows which of our processes still run: a number that another process may have by now is never used.
clean_up() {
    local process
    for process in $(jobs -pr); do kill -TERM "$process" 2>/dev/null || true; done
    for process in $(jobs -pr); do end_process "$process"; done
    rm -rf "$scratch"
}

# A process has ten seconds to end by itself.
end_process() {
    local tries=200
    while jobs -pr | grep -qx "$1"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || kill -KILL "$1" 2>/dev/null || true
        sleep 0.05
    done
}

# run COMMAND…: in the background and waited for, so that a signal ends it with us at once.
run() {
    "$@" &
    wait $!
}

# measured FILE COMMAND…: figures of the process (see tools/measure.py) to results/FILE.
measured() {
    local file=$1; shift
    run python3 "$bench/tools/measure.py" "$results/$file" "$@" || fail "this command failed: $*"
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

# start NAME PATH COMMAND…: a server on its core; waits until PATH answers with success. `@PORT@` in the command is
# its port. Sets started_process, started_address and started_seconds.
start() {
    local name=$1 path=$2 port log=$scratch/$1.log from
    shift 2
    port=$(free_port)
    from=$(date +%s%N)
    taskset -c "$server_core" "${@//@PORT@/$port}" >"$log" 2>&1 &
    started_process=$! started_address=127.0.0.1:$port
    until curl -fs -o /dev/null --max-time 2 "http://$started_address$path"; do
        kill -0 "$started_process" 2>/dev/null || fail "$name ended while it started:
$(tail -n 20 "$log")"
        [ $(($(date +%s%N) - from)) -lt 120000000000 ] || fail "$name is not ready after two minutes:
$(tail -n 20 "$log")"
        sleep 0.02
    done
    started_seconds=$(python3 -c "print(round(($(date +%s%N) - $from) / 1e9, 3))")
}

# Right after its start a server learns in the background how keywords are repaired: once, and no part of a request.
wait_until_learned() {
    local until=$((SECONDS + 600))
    until curl -fsS "http://$our_address/metrics" | grep -q '^qiusuo_correction_model_bytes'; do
        [ "$SECONDS" -lt "$until" ] || fail "the server did not learn repairs within ten minutes"
        sleep 0.5
    done
}

# take ROW SIDE ADDRESS TEMPLATE QUERIES PROCESS EXPECTED [OPTION…]: one round (see tools/take.py) to
# results/rounds.ndjson, with further options of the load generator.
take() {
    run python3 "$bench/tools/take.py" "$results/rounds.ndjson" "$1" "$2" -- \
        taskset -c "$generator_core" "$bench/opponent/target/release/load" "$3" "$4" "$5" \
        --seconds "$seconds" --pid "$6" --expect "$7" "${@:8}" || fail "the load generator failed on $1, $2"
}

# bytes_on_disk DIRECTORY: a JSON object of every entry of the directory and what it takes on the disk.
bytes_on_disk() {
    (cd "$1" && du -s --block-size=1 -- *) |
        python3 -c 'import json, sys; print(json.dumps({n: int(b) for b, n in (l.rstrip("\n").split("\t") for l in sys.stdin)}))'
}

stop() {
    kill -TERM "$1"
    end_process "$1"
}

# memory_of PROCESS: resident memory by kind, in bytes.
memory_of() {
    awk '/^(VmHWM|RssAnon|RssFile):/ { printf "%s\"%s\":%d", n++ ? "," : "{", substr($1, 1, length($1) - 1), $2 * 1024 } END { print "}" }' \
        "/proc/$1/status"
}

# sign_in DIRECTORY ADDRESS: sets search_template. The signature covers no keyword, so one signed template serves a
# whole run.
sign_in() {
    local registered access_token
    registered=$(curl -fsS "http://$2/access_token/register/wap/v4/?uuid=bench-user-1&$("$qiusuo" sign --data "$1" --partner bench --uuid bench-user-1)")
    access_token=$(tool field data.access_token <<<"$registered") || fail "registering failed: $registered"
    search_template="/data/stream/search/v4/?$("$qiusuo" sign --data "$1" --partner bench)&access_token=$access_token&count=10&keyword={}"
}

# print_table TOOL [OPTION…]: the figures of the run as a table or as JSON.
print_table() {
    local form=--table
    [ "$json" = 0 ] || form=--json
    tool "$1" "$results" "$form" --profile "$profile" --rounds "$rounds" --seconds "$seconds" "${@:2}" \
        --commit "$(git -C "$root" describe --always --dirty 2>/dev/null || echo unknown)"
}
