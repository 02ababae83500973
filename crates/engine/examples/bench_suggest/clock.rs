//! Thread CPU time, memory, and the fixed loop beside the measurements.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// Turns of the fixed loop: some milliseconds.
const TURNS: u64 = 2_000_000;
/// The loop is taken so often and the best counts.
const LOOPS: usize = 7;

/// CPU time that this thread has used.
pub(crate) fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}

/// Microseconds of the best of some runs of a fixed loop: says how fast the machine is just now.
pub(crate) fn fixed_loop() -> f64 {
    let best = (0..LOOPS).map(|_| {
        let start = thread_time();
        let mut state = black_box(1u64);
        for turn in 0..TURNS {
            state = state.rotate_left(5) ^ turn.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
        black_box(state);
        (thread_time() - start).as_secs_f64() * 1e6
    });
    best.fold(f64::INFINITY, f64::min)
}

/// The loop as a document.
pub(crate) fn calibration() -> String {
    format!("{{\"calibration_us\":{:.1}}}", fixed_loop())
}

/// What `/proc/self/status` says in bytes under this name.
pub(crate) fn memory(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
