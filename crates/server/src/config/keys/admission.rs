//! The keys of what callers may do where no operator set it for them, and of alarms.

use engine::{Api, Limits};
use toml::Value;

use super::Key;
use crate::{
    config::{Config, mask::MASK},
    limits_text::{
        parse_amount, parse_burst, parse_or_none, parse_quota, parse_rate, show_or_none, show_rate,
    },
};

/// The keys of both APIs.
macro_rules! limits {
    ($($name:literal $api:ident),* $(,)?) => {
        &[$(
            Key {
                name: concat!("admission.", $name, ".allow"),
                help: "whether callers may use this API where nothing is set for them",
                set: |config, given| given.boolean().map(|allowed| limits_mut(config, Api::$api).allowed = allowed),
                get: |config| limits(config, Api::$api).allowed.into(),
            },
            Key {
                name: concat!("admission.", $name, ".rate"),
                help: "how often a caller may call: \"5/s\", \"100/m\", \"5000/h\", or \"none\"",
                set: |config, given| {
                    let rate = given.spelled(|text| parse_or_none(text, parse_rate))?;
                    limits_mut(config, Api::$api).rate = rate;
                    Ok(())
                },
                get: |config| show_or_none(limits(config, Api::$api).rate, show_rate).into(),
            },
            Key {
                name: concat!("admission.", $name, ".burst"),
                help: "how many calls may come at once, where there is a rate; \"none\": those of its period",
                set: |config, given| {
                    let burst = given.spelled(|text| parse_or_none(text, parse_burst))?;
                    limits_mut(config, Api::$api).burst = burst;
                    Ok(())
                },
                get: |config| shown(limits(config, Api::$api).burst),
            },
            Key {
                name: concat!("admission.", $name, ".quota"),
                help: "how many successful calls a caller has in a day of Asia/Shanghai, or \"none\"",
                set: |config, given| {
                    let quota = given.spelled(|text| parse_or_none(text, parse_quota))?;
                    limits_mut(config, Api::$api).quota = quota;
                    Ok(())
                },
                get: |config| shown(limits(config, Api::$api).quota),
            },
            Key {
                name: concat!("admission.", $name, ".cap"),
                help: "what a caller may ever spend, in CNY with up to four decimals, or \"none\"",
                set: |config, given| {
                    let cap = given.spelled(|text| parse_or_none(text, parse_amount))?;
                    limits_mut(config, Api::$api).cap = cap;
                    Ok(())
                },
                get: |config| shown(limits(config, Api::$api).cap),
            },
            Key {
                name: concat!("admission.", $name, ".price"),
                help: "what a successful call costs, in CNY with up to four decimals",
                set: |config, given| {
                    let price = given.spelled(parse_amount)?;
                    limits_mut(config, Api::$api).price = price;
                    Ok(())
                },
                get: |config| limits(config, Api::$api).price.to_string().into(),
            },
        )*]
    };
}

/// What callers may do.
pub(super) const LIMITS: &[Key] = limits!("suggest" Suggest, "search" Search);

/// Alarms.
pub(super) const ALARMS: &[Key] = &[
    Key {
        name: "alarms.webhook_url",
        help: "address that alarms are posted to; unset: none is posted. Needs webhook_secret",
        set: |config, given| given.optional_webhook().map(|url| config.alarms.webhook_url = url),
        get: |config| config.alarms.webhook_url.clone().unwrap_or_default().into(),
    },
    Key {
        name: "alarms.webhook_secret",
        help: "what the posts are signed with",
        set: |config, given| given.secret(MASK).map(|secret| config.alarms.webhook_secret = secret),
        get: |config| config.alarms.webhook_secret.reveal().into(),
    },
    Key {
        name: "alarms.low_balance",
        help: "an alarm is raised when an account's balance falls below this many CNY; \"none\": never",
        set: |config, given| {
            let amount = given.spelled(|text| parse_or_none(text, parse_amount))?;
            config.alarms.low_balance = amount;
            Ok(())
        },
        get: |config| shown(config.alarms.low_balance),
    },
    Key {
        name: "alarms.quota_percent",
        help: "an alarm is raised when this part of a day's quota is used, 1 to 100",
        set: |config, given| given.count(1..=100).map(|percent| config.alarms.quota_percent = percent),
        get: |config| i64::from(config.alarms.quota_percent).into(),
    },
];

fn limits(config: &Config, api: Api) -> &Limits {
    &config.admission.limits[api as usize]
}

fn limits_mut(config: &mut Config, api: Api) -> &mut Limits {
    &mut config.admission.limits[api as usize]
}

fn shown(limit: Option<impl ToString>) -> Value {
    show_or_none(limit, |limit| limit.to_string()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_in_the_book() {
        let book = include_str!("../../../../../docs/CONFIGURATION.md");
        for key in LIMITS.iter().chain(ALARMS) {
            assert!(book.contains(&format!("`{}`", key.name)), "{}", key.name);
        }
    }

    #[test]
    fn there_is_a_set_of_keys_for_each_api() {
        for api in Api::ALL {
            let start = format!("admission.{}.", api.name());
            assert_eq!(LIMITS.iter().filter(|key| key.name.starts_with(&start)).count(), 6, "{start}");
        }
    }
}
