//! What one caller used up of one API.

use store::Api;

/// What one caller used up of one API, in memory.
#[derive(Debug)]
pub struct Gate {
    /// The caller's number.
    pub caller: i64,
    /// The API.
    pub api: Api,
}

impl Gate {
    /// The gate of a caller that has not called yet.
    pub fn new(caller: i64, api: Api) -> Gate {
        Gate { caller, api }
    }
}
