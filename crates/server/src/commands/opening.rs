//! Opening a data directory with the configuration's settings.

use std::sync::LazyLock;

use engine::{Administration, AlarmRules, Clock, Directory, Options, SuggestOptions};

use crate::{cli::Global, config::Config};

/// Who runs the command, as the audit log names them.
pub(super) static WHO: LazyLock<String> = LazyLock::new(|| {
    let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let user = user.filter(|user| !user.is_empty() && !user.contains(char::is_control));
    format!("command line ({})", user.as_deref().unwrap_or("unknown"))
});

/// The engine's options for this directory and configuration.
pub(super) fn options(global: &Global, config: &Config) -> Options {
    Options {
        page_list_bytes: usize::try_from(config.pages.max_bytes).unwrap_or(usize::MAX),
        writer_bytes: usize::try_from(config.index.writer_memory).unwrap_or(usize::MAX),
        minimum_users: i64::from(config.suggest.minimum_users),
        suggest: SuggestOptions {
            settings: config.suggest.settings.clone(),
            ban_pinyin: config.suggest.ban_pinyin,
        },
        spread: config.content.spread,
        limits: config.admission.limits,
        alarms: AlarmRules {
            deliver: config.alarms.webhook_url.is_some(),
            low_balance: config.alarms.low_balance,
            quota_percent: config.alarms.quota_percent,
        },
        clock: Clock::system(),
        ..Options::new(&global.data)
    }
}

/// The credentials' service over an open directory.
pub(super) fn administration(directory: &Directory) -> Administration<'_> {
    Administration {
        store: &directory.store,
        secrets: &directory.secrets,
        clock: &directory.options.clock,
        defaults: &directory.options.limits,
        who: &WHO,
    }
}
