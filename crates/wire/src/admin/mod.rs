//! The bodies of the operators' calls under `/v1/admin/`. A field that is not known is refused by its name.
//!
//! Amounts, rates and times are texts here: whoever acts on them reads them, as on the command line.

mod fields;

pub use crate::import::LineError;
pub use fields::Setting;

use fields::Fields;

/// `POST /v1/admin/accounts`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Its name.
    pub name: String,
    /// What is in it at first, CNY.
    pub balance: Option<String>,
}

/// `PATCH /v1/admin/accounts/{account}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountChange {
    /// The balance below which an alarm is raised, CNY; `Some(None)` follows the configuration.
    pub low_balance: Option<Option<String>>,
}

/// `POST /v1/admin/accounts/{account}/top-up` and `…/corrections`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyChange {
    /// How much, CNY.
    pub amount: String,
    /// What the statement says about it; may be empty.
    pub note: String,
}

/// `POST /v1/admin/entries/{entry}/reversal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    /// What the statement says about it; may be empty.
    pub note: String,
}

/// What is changed of a token or an application; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallerFields {
    /// The account that pays, by number or name; `Some(None)` takes it away.
    pub account: Option<Option<String>>,
    /// Whether it may call.
    pub enabled: Option<bool>,
    /// Whether an application's repeated nonces are refused; never there for a token.
    pub refuse_repeated_nonces: Option<bool>,
    /// What it may do with the suggestions.
    pub suggest: LimitFields,
    /// What it may do with the search.
    pub search: LimitFields,
}

/// What is changed of a caller's limits for one API; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitFields {
    /// Whether it may call.
    pub allowed: Option<bool>,
    /// How often.
    pub rate: Option<Setting<String>>,
    /// How many at once.
    pub burst: Option<Setting<i64>>,
    /// Calls of a day.
    pub quota: Option<Setting<i64>>,
    /// What it may ever spend, CNY.
    pub cap: Option<Setting<String>>,
    /// What a successful call costs, CNY.
    pub price: Option<Setting<String>>,
}

/// The two kinds of callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// A token of the suggestions, known by its `name`.
    Token,
    /// An application of content search, known by its `partner`.
    Application,
}

impl CallerKind {
    /// What its name is called.
    pub fn name_field(self) -> &'static str {
        match self {
            CallerKind::Token => "name",
            CallerKind::Application => "partner",
        }
    }
}

/// `POST /v1/admin/operators`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOperator {
    /// The name.
    pub name: String,
    /// What the operator may do.
    pub role: String,
}

/// Reads the body that makes an account.
///
/// # Errors
/// When it is not JSON, or a field is missing, of another type or not known; as all readers here.
pub fn new_account(body: &str) -> Result<NewAccount, LineError> {
    let mut fields = Fields::of_body(body)?;
    let read = NewAccount { name: fields.required("name")?, balance: fields.text("balance")? };
    fields.end().map(|()| read)
}

/// Reads the body that changes an account.
///
/// # Errors
/// As [`new_account`].
pub fn account_change(body: &str) -> Result<AccountChange, LineError> {
    let mut fields = Fields::of_body(body)?;
    let read = AccountChange { low_balance: fields.text_or_null("low_balance")? };
    fields.end().map(|()| read)
}

/// Reads the body that moves money.
///
/// # Errors
/// As [`new_account`].
pub fn money_change(body: &str) -> Result<MoneyChange, LineError> {
    let mut fields = Fields::of_body(body)?;
    let read =
        MoneyChange { amount: fields.required("amount")?, note: fields.text("note")?.unwrap_or_default() };
    fields.end().map(|()| read)
}

/// Reads the body that takes an entry back.
///
/// # Errors
/// As [`new_account`].
pub fn reversal(body: &str) -> Result<Reversal, LineError> {
    let mut fields = Fields::of_body(body)?;
    let read = Reversal { note: fields.text("note")?.unwrap_or_default() };
    fields.end().map(|()| read)
}

/// Reads the body that makes a token or an application: its name, and what is set of it.
///
/// # Errors
/// As [`new_account`].
pub fn new_caller(kind: CallerKind, body: &str) -> Result<(String, CallerFields), LineError> {
    let mut fields = Fields::of_body(body)?;
    let name = fields.required(kind.name_field())?;
    let read = caller_fields(kind, &mut fields)?;
    fields.end().map(|()| (name, read))
}

/// Reads the body that changes a token or an application.
///
/// # Errors
/// As [`new_account`].
pub fn caller_change(kind: CallerKind, body: &str) -> Result<CallerFields, LineError> {
    let mut fields = Fields::of_body(body)?;
    let read = caller_fields(kind, &mut fields)?;
    fields.end().map(|()| read)
}

/// Reads the body of a rotation: how long the old secret is good too.
///
/// # Errors
/// As [`new_account`].
pub fn rotation(body: &str) -> Result<Option<String>, LineError> {
    let mut fields = Fields::of_body(body)?;
    let overlap = fields.text("overlap")?;
    fields.end().map(|()| overlap)
}

/// Reads the body that ends an application's access tokens: those of which user alone.
///
/// # Errors
/// As [`new_account`].
pub fn revocation(body: &str) -> Result<Option<String>, LineError> {
    let mut fields = Fields::of_body(body)?;
    let user = fields.text("user")?;
    fields.end().map(|()| user)
}

/// Reads a body that may only be empty, or an object without fields.
///
/// # Errors
/// As [`new_account`].
pub fn nothing(body: &str) -> Result<(), LineError> {
    Fields::of_body(body)?.end()
}

/// Reads the body that makes an operator.
///
/// # Errors
/// As [`new_account`].
pub fn new_operator(body: &str) -> Result<NewOperator, LineError> {
    let mut fields = Fields::of_body(body)?;
    let read = NewOperator { name: fields.required("name")?, role: fields.required("role")? };
    fields.end().map(|()| read)
}

/// Reads the body that lets an operator in or keeps one out.
///
/// # Errors
/// As [`new_account`].
pub fn operator_change(body: &str) -> Result<bool, LineError> {
    let mut fields = Fields::of_body(body)?;
    let enabled = fields.flag("enabled")?.ok_or_else(|| LineError::new("enabled", "is required"))?;
    fields.end().map(|()| enabled)
}

fn caller_fields(kind: CallerKind, fields: &mut Fields) -> Result<CallerFields, LineError> {
    let (account, enabled) = (fields.text_or_null("account")?, fields.flag("enabled")?);
    let refuse_repeated_nonces = match kind {
        CallerKind::Token => None,
        CallerKind::Application => fields.flag("refuse_repeated_nonces")?,
    };
    let mut limits = fields.object("limits")?;
    let read = CallerFields {
        account,
        enabled,
        refuse_repeated_nonces,
        suggest: limit_fields(limits.object("suggest")?)?,
        search: limit_fields(limits.object("search")?)?,
    };
    limits.end().map(|()| read)
}

fn limit_fields(mut fields: Fields) -> Result<LimitFields, LineError> {
    let read = LimitFields {
        allowed: fields.flag("allowed")?,
        rate: fields.text_setting("rate")?,
        burst: fields.number_setting("burst")?,
        quota: fields.number_setting("quota")?,
        cap: fields.text_setting("cap")?,
        price: fields.text_setting("price")?,
    };
    fields.end().map(|()| read)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn limits_are_values_null_or_words() {
        let body = r#"{"account":null,"limits":{"suggest":{"rate":"20/s","quota":5000,"cap":null,"price":"default",
            "burst":"none","allowed":false}}}"#;
        let expected = CallerFields {
            account: Some(None),
            suggest: LimitFields {
                allowed: Some(false),
                rate: Some(Setting::At("20/s".to_owned())),
                burst: Some(Setting::None),
                quota: Some(Setting::At(5_000)),
                cap: Some(Setting::None),
                price: Some(Setting::Default),
            },
            ..CallerFields::default()
        };
        assert_eq!(caller_change(CallerKind::Token, body).unwrap(), expected);
        assert_eq!(caller_change(CallerKind::Token, "").unwrap(), CallerFields::default());
        let (name, fields) =
            new_caller(CallerKind::Application, r#"{"partner":"a","refuse_repeated_nonces":true}"#).unwrap();
        assert_eq!((name.as_str(), fields.refuse_repeated_nonces), ("a", Some(true)));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_path() {
        fn told<T: std::fmt::Debug>(read: Result<T, LineError>) -> String {
            let error = read.unwrap_err();
            format!("{} {}", error.key, error.reason)
        }
        let change = |body| told(caller_change(CallerKind::Token, body));
        assert_eq!(change("[]"), "the body must be a JSON object");
        assert!(change("{").starts_with("the body is not JSON: "));
        assert_eq!(change(r#"{"enabled":1}"#), "enabled must be true or false");
        assert_eq!(change(r#"{"account":7}"#), "account must be a string or null");
        assert_eq!(change(r#"{"limits":[]}"#), "limits must be an object");
        assert_eq!(
            change(r#"{"limits":{"suggest":{"quota":"5"}}}"#),
            "limits.suggest.quota must be a whole number, null for none, or \"default\""
        );
        assert_eq!(
            change(r#"{"limits":{"search":{"cap":5}}}"#),
            "limits.search.cap must be a string, null for none, or \"default\""
        );
        assert_eq!(
            change(r#"{"limits":{"find":{}}}"#),
            "limits.find is not known; the fields here are suggest, search"
        );
        assert_eq!(
            change(r#"{"refuse_repeated_nonces":true}"#),
            "refuse_repeated_nonces is not known; the fields here are account, enabled, limits"
        );
        assert_eq!(told(money_change(r#"{"amount":7}"#)), "amount must be a string");
        assert_eq!(told(money_change(r#"{"note":"x"}"#)), "amount is required");
        assert_eq!(told(operator_change("{}")), "enabled is required");
        assert_eq!(told(nothing(r#"{"all":true}"#)), "all is not known; leave it out: nothing is read here");
    }
}
