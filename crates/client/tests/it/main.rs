//! Calls against a server of canned answers on the loopback interface.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod calls;
mod secrets;
mod stub;
