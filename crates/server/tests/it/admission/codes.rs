//! Both tables of codes, whole: each is provoked over HTTP, and its answer has exactly the form of its dialect.

use serde_json::{Value, json};
use wire::{content::Ret, suggestions::Code};

use super::{
    KEYWORD, SEARCH, SUGGEST, account, application, retry_after, searched, suggested, to_midnight, token,
};
use crate::{
    library::{is_req_id, keys},
    support::{Answer, Application, Directory, Server, article, borrowed, joined, now, target},
};

/// Options of callers that run into each limit with their second call, by the limit's name.
fn limits_by_name() -> [(&'static str, &'static [&'static str]); 5] {
    [
        ("rate", &["--rate", "1/h"]),
        ("quota", &["--quota", "1"]),
        ("cap", &["--account", "rich", "--price", "0.0100", "--cap", "0.0150"]),
        ("balance", &["--account", "poor", "--price", "0.0100"]),
        ("denied", &["--deny", "suggest,search"]),
    ]
}

/// A directory with the accounts that pay for them.
fn with_accounts() -> Directory {
    let directory = Directory::new();
    account(&directory, "rich", "10");
    account(&directory, "poor", "0.0150");
    directory
}

/// Looks at the envelope of contract 1.
#[track_caller]
fn check_suggestion(answer: &Answer, code: Code, status: u16, message: &str) {
    let body = answer.json();
    assert_eq!(keys(&body), ["code", "data", "message", "recordTime", "requestId"], "{code:?}");
    assert_eq!((answer.status, &body["code"]), (status, &json!(code.number())), "{body}");
    assert_eq!(body["message"], message, "{code:?}");
    assert_eq!(body["data"].is_null(), code != Code::Success, "{body}");
    assert_eq!(body["recordTime"].as_str().unwrap().len(), "2026-11-27 12:00:00".len());
    assert!(body["requestId"].as_str().is_some_and(|id| !id.is_empty()), "{body}");
}

/// Every code of contract 1 with the status it is mapped to and its message.
const SUGGESTION_CODES: [(Code, u16, &str); 11] = [
    (Code::Success, 200, "success"),
    (Code::InvalidToken, 401, "Invalid or Inactive Token"),
    (Code::CollectionFailed, 200, "Collection Failed. Please Retry."),
    (Code::RateLimited, 429, "Rate Limit Exceeded"),
    (Code::QuotaExceeded, 429, "Daily Quota Exceeded"),
    (
        Code::InvalidParameters,
        400,
        "Invalid Parameters: keyword is required and must not be empty; give 1 to 64 characters",
    ),
    (Code::Internal, 500, "Internal Server Error"),
    (Code::Unavailable, 503, "Service temporarily unavailable"),
    (Code::PermissionDenied, 403, "Permission Denied"),
    (Code::InsufficientBalance, 200, "Insufficient Balance"),
    (Code::SpendingCap, 200, "the token's own spending cap is reached"),
];

/// A server with the tokens that run into each limit.
struct Suggestions {
    server: Server,
    good: String,
    limited: Vec<(&'static str, String)>,
    _directory: Directory,
}

impl Suggestions {
    fn new(http_status: &str) -> Suggestions {
        let directory = with_accounts();
        directory
            .configure(&format!("[server]\nfaults = true\n[suggest]\nhttp_status = \"{http_status}\"\n"));
        let limited = limits_by_name().map(|(name, options)| (name, token(&directory, name, options)));
        let good = token(&directory, "good", &[]);
        Suggestions { server: directory.serve(), good, limited: limited.to_vec(), _directory: directory }
    }

    fn ask(&self, token: &str, keyword: &str, fault: &str) -> Answer {
        let mut parameters = vec![("token", token), ("keyword", keyword)];
        if !fault.is_empty() {
            parameters.push(("qiusuo_fault", fault));
        }
        self.server.get(&target(SUGGEST, &parameters))
    }

    /// The answer to a token's second call; the first one may pass.
    fn second(&self, name: &str) -> Answer {
        let (_, token) = self.limited.iter().find(|(known, _)| *known == name).unwrap();
        assert_eq!(suggested(&self.server, token, &[]), 0, "{name}");
        self.ask(token, KEYWORD, "")
    }

    fn provoke(&self, code: Code) -> Answer {
        match code {
            Code::Success => self.ask(&self.good, KEYWORD, ""),
            Code::InvalidToken => self.ask("wrong", KEYWORD, ""),
            Code::CollectionFailed | Code::Internal | Code::Unavailable => {
                self.ask(&self.good, KEYWORD, &code.number().to_string())
            }
            Code::InvalidParameters => self.ask(&self.good, "", ""),
            Code::RateLimited => self.second("rate"),
            Code::QuotaExceeded => self.second("quota"),
            Code::SpendingCap => self.second("cap"),
            Code::InsufficientBalance => self.second("balance"),
            Code::PermissionDenied => {
                let (_, denied) = self.limited.iter().find(|(name, _)| *name == "denied").unwrap();
                self.ask(denied, KEYWORD, "")
            }
        }
    }
}

#[test]
fn every_code_of_suggestions_is_provoked_in_both_eras() {
    assert_eq!(SUGGESTION_CODES.map(|(code, ..)| code), Code::ALL);
    for http_status in ["mapped", "always_200"] {
        let suggestions = Suggestions::new(http_status);
        for (code, mapped, message) in SUGGESTION_CODES {
            let before = now();
            let answer = suggestions.provoke(code);
            let after = now();
            let status = if http_status == "mapped" { mapped } else { 200 };
            check_suggestion(&answer, code, status, message);
            match code {
                Code::QuotaExceeded => check_midnight(&answer, before, after),
                Code::RateLimited => check_hour(&answer, before, after),
                Code::Unavailable => assert_eq!(retry_after(&answer), 1),
                _ => assert_eq!(answer.header("retry-after"), None, "{code:?}"),
            }
        }
    }
}

/// The seconds to midnight, asked for between two moments.
#[track_caller]
fn check_midnight(answer: &Answer, before: i64, after: i64) {
    let told = retry_after(answer);
    let (most, least) = (to_midnight(before), to_midnight(after));
    // Midnight may have been in between.
    assert!(told <= most && told >= least || least > most, "{told} is not from {least} to {most}");
}

/// The seconds that are left of an hour which began between two moments.
#[track_caller]
fn check_hour(answer: &Answer, before: i64, after: i64) {
    let told = retry_after(answer);
    // Both moments are cut to whole seconds.
    let least = 3_600 - (after - before + 1);
    assert!((least..=3_600).contains(&told), "{told} is not from {least} to 3600");
}

/// A server with the applications that run into each limit.
struct Contents {
    server: Server,
    good: Application,
    access_token: String,
    limited: Vec<(&'static str, Application)>,
    _directory: Directory,
}

impl Contents {
    fn new() -> Contents {
        let directory = with_accounts();
        directory.configure("[server]\nfaults = true\n");
        directory.import(&joined([article(1, KEYWORD)]));
        let mut limited =
            limits_by_name().map(|(name, options)| (name, application(&directory, name, options))).to_vec();
        limited.push(("nonce", application(&directory, "nonce", &["--refuse-repeated-nonces", "true"])));
        let good = application(&directory, "good", &[]);
        let server = directory.serve();
        let access_token = good.register(&server, "user");
        Contents { server, good, access_token, limited, _directory: directory }
    }

    fn limited(&self, name: &str) -> &Application {
        let found = self.limited.iter().find(|(known, _)| *known == name);
        found.map(|(_, application)| application).unwrap()
    }

    /// A search that is right, with something put in the place of what is there.
    fn with(&self, changes: &[(&'static str, &str)]) -> Answer {
        self.at(SEARCH, changes)
    }

    fn at(&self, path: &str, changes: &[(&'static str, &str)]) -> Answer {
        let mut parameters = self.good.signed();
        parameters.extend([("access_token", self.access_token.clone()), ("keyword", KEYWORD.to_owned())]);
        parameters.retain(|(known, _)| changes.iter().all(|(name, _)| name != known));
        parameters.extend(changes.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.server.get(&target(path, &borrowed(&parameters)))
    }

    /// The answer to an application's second search; the first one passes.
    fn second(&self, name: &str) -> Answer {
        let application = self.limited(name);
        let access_token = application.register(&self.server, "user");
        assert_eq!(searched(&self.server, application, &access_token), 0, "{name}");
        application.search(&self.server, &access_token, &[("keyword", KEYWORD)])
    }

    /// The answer to a nonce that a registration used in the same second.
    fn repeated_nonce(&self) -> Answer {
        let (application, timestamp) = (self.limited("nonce"), now().to_string());
        let registration = application.signed_at(&timestamp, "same", Some("user"));
        let register = target("/access_token/register/wap/v4/", &borrowed(&registration));
        assert_eq!(self.server.get(&register).json()["ret"], 0);
        self.server.get(&target(SEARCH, &borrowed(&application.signed_at(&timestamp, "same", None))))
    }

    fn provoke(&self, ret: Ret) -> Answer {
        match ret {
            Ret::Success => self.with(&[]),
            Ret::AccessToken => self.with(&[("access_token", "dead")]),
            Ret::Gone => self.at("/article/single/info/", &[("group_id", "404")]),
            Ret::Internal | Ret::Engine => self.with(&[("qiusuo_fault", &ret.number().to_string())]),
            Ret::Parameter => self.with(&[("keyword", "")]),
            Ret::Partner => self.with(&[("partner", "nobody")]),
            Ret::Signature => self.with(&[("signature", &"0".repeat(40))]),
            Ret::Timestamp => self.with(&[("timestamp", "1695624033")]),
            Ret::Nonce => self.repeated_nonce(),
            Ret::NotPermitted => self.limited("denied").search(&self.server, &self.access_token, &[]),
            Ret::RateLimited => self.second("rate"),
            Ret::DailyQuota => self.second("quota"),
            Ret::Balance => self.second("balance"),
            Ret::SpendingCap => self.second("cap"),
        }
    }
}

/// What `msg` says, where it is not the meaning of the code alone.
fn message(ret: Ret) -> &'static str {
    match ret {
        Ret::Parameter => "keyword is required and must not be empty; give 1 to 64 characters",
        Ret::Timestamp => "timestamp is more than 3600 seconds away from the server's clock",
        ret => ret.meaning(),
    }
}

#[test]
fn every_code_of_content_search_is_provoked() {
    let contents = Contents::new();
    for ret in Ret::ALL {
        let before = now();
        let answer = contents.provoke(ret);
        let after = now();
        let body = answer.json();
        assert_eq!((answer.status, &body["ret"]), (200, &json!(ret.number())), "{body}");
        assert_eq!(body["msg"], message(ret), "{ret:?}");
        assert!(is_req_id(&body["req_id"]), "{body}");
        match ret {
            Ret::Success => {
                assert_eq!(keys(&body), ["ret", "msg", "req_id", "search_id", "has_more", "data"]);
            }
            _ => assert_eq!(keys(&body), ["ret", "msg", "req_id"], "{ret:?}"),
        }
        match ret {
            Ret::DailyQuota => check_midnight(&answer, before, after),
            Ret::RateLimited => check_hour(&answer, before, after),
            _ => assert_eq!(answer.header("retry-after"), None, "{ret:?}"),
        }
    }
}

#[test]
fn what_has_a_price_by_default_needs_somebody_who_pays() {
    let directory = Directory::new();
    directory.configure("[admission.suggest]\nprice = \"0.0100\"\n[admission.search]\nprice = \"0.0100\"\n");
    let (token, application) = (directory.token("t"), directory.application("a"));
    let server = directory.serve();
    check_suggestion(
        &server.suggest(&token, KEYWORD),
        Code::InsufficientBalance,
        200,
        "Insufficient Balance",
    );
    let access_token = application.register(&server, "user");
    let body: Value = application.search(&server, &access_token, &[("keyword", KEYWORD)]).json();
    assert_eq!((&body["ret"], &body["msg"]), (&json!(10009), &json!(Ret::Balance.meaning())));
}
