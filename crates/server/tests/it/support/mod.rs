//! What the tests stand on: processes of the binary, directories, requests, content lines.
//!
//! ```text
//! let directory = Directory::new();                       // a data directory, removed in the end
//! directory.run(&["import", …]).succeeded().json();       // a command, to its end
//! let server = directory.serve();                         // a server on port 0, ready; killed in the end
//! server.get("/readyz").json();                           // a request, raw HTTP/1.1
//! server.stop();                                          // SIGTERM, and what the process left behind
//! ```
//!
//! Nothing here sleeps for a fixed time: [`wait_for`] asks again and again until a deadline that only a hanging
//! process reaches.

mod credentials;
mod directory;
mod http;
mod lines;
mod process;
mod server;

use std::time::{Duration, Instant};

pub(crate) use credentials::{Application, borrowed, now};
pub(crate) use directory::{Directory, shown};
pub(crate) use http::{Answer, Http, encode, target};
pub(crate) use lines::{article, horizontal_video, joined, vertical_video};
pub(crate) use process::{Process, Ran, run};
pub(crate) use server::{Demo, Server, demo, demo_directory};

/// How long anything may take before the test gives up: far longer than a busy machine needs.
pub(crate) const DEADLINE: Duration = Duration::from_secs(120);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When [`DEADLINE`] passes; the message says `what` was waited for.
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "waited {DEADLINE:?} in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
