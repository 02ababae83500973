# For habit; nothing needs it. `scripts/test` is what CI runs.

# Format, lint, document, check licences and run every test.
ci:
    scripts/test

# Format everything.
fmt:
    cargo fmt --all

# Lint with warnings as errors.
clippy:
    cargo clippy --workspace --all-targets -- -D warnings

# Run the tests.
test:
    cargo test --workspace

# Start a server with the demo content.
demo:
    cargo run --release -- demo

# Our server beside the fixed opponent.
bench:
    bench/run first-light
