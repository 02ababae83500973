//! `/v1/admin`: accounts, money, credentials and limits. Every role reads, owners change.
//!
//! What is changed goes through the services that the command line uses, in the name of the operator, and so into the
//! audit log. A secret is in the answer that makes it, and nowhere else.

mod accounts;
mod audit;
mod call;
mod callers;
mod limits;
mod money;
mod operators;
mod statement;
mod usage;

use axum::routing::{MethodRouter, any};

use super::state::App;

/// Every path under `/v1/admin`. Methods are checked by the handlers, once they know who asks.
pub(super) fn routes() -> [(&'static str, MethodRouter<App>); 18] {
    [
        ("/v1/admin/accounts", any(accounts::all)),
        ("/v1/admin/accounts/{account}", any(accounts::one)),
        ("/v1/admin/accounts/{account}/top-up", any(money::top_up)),
        ("/v1/admin/accounts/{account}/corrections", any(money::correct)),
        ("/v1/admin/accounts/{account}/statement", any(statement::statement)),
        ("/v1/admin/entries/{entry}/reversal", any(money::reverse)),
        ("/v1/admin/tokens", any(callers::tokens)),
        ("/v1/admin/tokens/{name}", any(callers::token)),
        ("/v1/admin/tokens/{name}/rotation", any(callers::rotate_token)),
        ("/v1/admin/apps", any(callers::applications)),
        ("/v1/admin/apps/{partner}", any(callers::application)),
        ("/v1/admin/apps/{partner}/rotation", any(callers::rotate_application)),
        ("/v1/admin/apps/{partner}/revocation", any(callers::revoke_application)),
        ("/v1/admin/revocation", any(callers::revoke_all)),
        ("/v1/admin/operators", any(operators::all)),
        ("/v1/admin/operators/{name}", any(operators::one)),
        ("/v1/admin/audit", any(audit::changes)),
        ("/v1/admin/usage", any(usage::usage)),
    ]
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    #[test]
    fn every_path_is_described_and_no_other() {
        let document: Value = serde_json::from_str(wire::OPENAPI).unwrap();
        let paths = document["paths"].as_object().unwrap().keys();
        let described: BTreeSet<&str> =
            paths.map(String::as_str).filter(|path| path.starts_with("/v1/admin")).collect();
        assert_eq!(super::routes().iter().map(|(path, _)| *path).collect::<BTreeSet<_>>(), described);
    }
}
