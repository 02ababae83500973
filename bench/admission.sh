# bench/run admission: nothing is oversold, and what it costs. Steps are chosen with --only.

# oversell: the server is killed while clients call. damaged: the lease file is lost or damaged, too. refund: calls that
# fail inside. cost: CPU of a call with 100,000 tokens known, and wrong tokens in the process. brute: wrong tokens and
# signatures over HTTP. They need no data.
steps=(oversell damaged refund cost brute)
cycles=50
damaged_cycles=10
refund_calls=10000

main() {
    local step
    check_steps
    check_tools
    say "building qiusuo ($profile)"
    cargo build --profile "$profile" --locked --manifest-path "$root/Cargo.toml" --target-dir "$target" -p qiusuo >&2
    make_scratch
    for step in "${steps[@]}"; do
        if wanted "$step"; then "measure_$step"; fi
    done
    print_table admission_table
}

# oversell NAME ARGUMENT…: a run of tools/oversell.py on a directory of its own. What it finds stands in its document, so a
# run that finds something goes on.
oversell() {
    local name=$1 data=$scratch/data.$1
    shift
    mkdir "$data"
    tool oversell "$qiusuo" "$data" --port "$(free_port)" "$@" >"$results/$name.json" || [ -s "$results/$name.json" ] ||
        fail "$name did not end well"
    rm -rf "$data"
}

measure_oversell() {
    say "overselling: $cycles cycles of each kind, suggestions"
    oversell oversell.suggest --cycles "$cycles" --kills 1
    say "overselling: 5 cycles of each kind with three kills, search"
    oversell oversell.search --api search --cycles 5 --kills 3 --seed 2
}

measure_damaged() {
    local how
    for how in lost flip; do
        say "overselling with a lease file that is damaged: $how"
        oversell "damaged.$how" --cycles "$damaged_cycles" --damage "$how" --seed 3
    done
}

measure_refund() {
    say "refunds"
    oversell refund.suggest --calls "$refund_calls"
    oversell refund.search --api search --calls "$refund_calls"
}

measure_cost() {
    say "CPU of a call with 100,000 tokens"
    cargo build --profile "$profile" --locked --manifest-path "$root/Cargo.toml" --target-dir "$target" -p engine \
        --example bench_admission >&2
    run "$target/$profile/examples/bench_admission" >"$scratch/cost" || fail "the bench of admission failed"
    sed -n 1p "$scratch/cost" >"$results/cost.json"
    sed -n 2p "$scratch/cost" >"$results/guesses.json"
}

measure_brute() {
    say "wrong tokens and signatures over HTTP"
    oversell brute --guesses 200000
}
