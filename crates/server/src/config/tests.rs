#![expect(clippy::unwrap_used, reason = "tests")]

use engine::{FuzzyPairs, Route};

use super::*;

fn merge(file: &str, environment: &[(&str, &str)], overrides: &Overrides) -> Result<Config, ConfigError> {
    let variables = environment.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    Config::merge(Some((Path::new("dir/qiusuo.toml"), file)), variables, overrides)
}

/// What a file is refused with: message and hint.
fn check(file: &str, message: &str, hint: &str) {
    let error = merge(file, &[], &Overrides::default()).unwrap_err();
    assert!(error.to_string().contains(message), "{file}: {error}");
    assert!(error.hint().unwrap_or_default().contains(hint), "{file}: {:?}", error.hint());
}

fn check_variable(name: &str, value: &str, message: &str) {
    let error = merge("", &[(name, value)], &Overrides::default()).unwrap_err();
    assert!(error.to_string().contains(message), "{name}={value}: {error}");
}

#[test]
fn sources_stand_above_each_other() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\n";
    let environment = [("QIUSUO_SERVER_LISTEN", "127.0.0.1:2"), ("QIUSUO_LOG_LEVEL", "warn")];
    let flags = Overrides { listen: Some("127.0.0.1:3".into()), ..Overrides::default() };
    let config = merge(file, &environment, &flags).unwrap();
    assert_eq!(config.server.listen.port(), 3);
    assert_eq!(config.log.level, LogLevel::Warn);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.source("server.listen"), &Source::Flag("--listen"));
    assert_eq!(config.source("log.level").to_string(), "environment QIUSUO_LOG_LEVEL");
    assert_eq!(config.source("log.format").to_string(), "file dir/qiusuo.toml:5");
    assert_eq!(config.source("log.access"), &Source::Default);
}

#[test]
fn every_kind_of_value_is_read() {
    let file = r#"
        [server]
        tls_listen = "[::]:8687"
        tls_certificate = "tls/cert.pem"
        tls_key = "/etc/key.pem"
        public_url = "https://search.example.com/"
        [suggest]
        http_status = "always_200"
        minimum_users = 0x0a
        [content]
        related_score = true
        default_author = { name = "编辑部", avatar_url = "/avatar/7.png", user_id = 9007199254740991 }
        [pages]
        max_bytes = 64000000
        search = false
        [index]
        writer_memory = "64MiB"
        [shutdown]
        grace_seconds = 0
    "#;
    let config = merge(file, &[], &Overrides::default()).unwrap();
    assert_eq!(config.server.tls_listen, Some("[::]:8687".parse().unwrap()));
    assert_eq!(config.server.tls_certificate, Some(PathBuf::from("dir/tls/cert.pem")));
    assert_eq!(config.server.tls_key, Some(PathBuf::from("/etc/key.pem")));
    assert_eq!(config.server.public_url.as_deref(), Some("https://search.example.com"));
    assert_eq!(config.suggest.http_status, HttpStatus::Always200);
    assert_eq!(config.suggest.minimum_users, 10);
    assert!(config.content.related_score && !config.pages.search);
    assert_eq!(config.content.default_author.name, "编辑部");
    assert_eq!(config.content.default_author.description, "本站内容");
    assert_eq!((config.pages.max_bytes, config.index.writer_memory), (64_000_000, 1 << 26));
    assert_eq!(config.shutdown.grace_seconds, 0);
}

#[test]
fn routes_and_sounds_are_set_one_by_one() {
    let file = r#"
        [suggest]
        repairs_below = 0
        slips_below = 3
        ban_pinyin = true
        cache_bytes = "0B"
        routes.initials = { enabled = false }
        [suggest.routes.pinyin]
        penalty = 2
        [suggest.routes.typo]
        penalty = 0.1
        [suggest.fuzzy]
        n_l = false
    "#;
    let environment = [
        ("QIUSUO_SUGGEST_ROUTES_WORD_BREAK_ENABLED", "false"),
        ("QIUSUO_SUGGEST_ROUTES_WORD_BREAK_PENALTY", "64.0"),
        ("QIUSUO_SUGGEST_FUZZY_Z_ZH", "0"),
    ];
    let config = merge(file, &environment, &Overrides::default()).unwrap();
    let settings = &config.suggest.settings;
    let route = |route| (settings.route(route).enabled, settings.route(route).penalty);
    assert_eq!(route(Route::Initials), (false, Route::Initials.usual_penalty()));
    assert_eq!(route(Route::Pinyin), (true, 2.0));
    assert_eq!(route(Route::Typo), (true, 0.1));
    assert_eq!(route(Route::WordBreak), (false, 64.0));
    let taken = |name| settings.fuzzy.contains(FuzzyPairs::from_name(name).unwrap());
    assert!(!taken("n_l") && !taken("z_zh") && taken("in_ing"));
    assert_eq!(settings.slips_below, 3);
    assert_eq!((settings.repairs_below, config.suggest.ban_pinyin, config.suggest.cache_bytes), (0, true, 0));
    let text = config.effective();
    assert!(text.contains("[suggest.routes.typo]\n"), "{text}");
    assert!(text.contains("penalty = 0.1  # file"), "{text}");
    assert!(text.contains("n_l = false  # file"), "{text}");
}

#[test]
fn limits_and_alarms_are_set() {
    let file = r#"
        [admission.suggest]
        allow = false
        rate = "100/m"
        burst = 7
        quota = 1_000
        price = 0.0050
        [admission.search]
        cap = "12.5"
        [alarms]
        webhook_url = "https://hooks.example.com/a?key=1"
        webhook_secret = "hush"
        low_balance = "10"
    "#;
    let environment = [("QIUSUO_ADMISSION_SEARCH_QUOTA", "5"), ("QIUSUO_ADMISSION_SUGGEST_BURST", "none")];
    let config = merge(file, &environment, &Overrides::default()).unwrap();
    let [suggest, search] = config.admission.limits;
    let rate = Some(engine::Rate { calls: 100, period_ms: 60_000 });
    let expected = Limits { allowed: false, rate, quota: Some(1_000), price: Amount(50), ..Limits::NONE };
    assert_eq!(suggest, expected);
    assert_eq!(search, Limits { quota: Some(5), cap: Some(Amount(125_000)), ..Limits::NONE });
    assert_eq!((config.alarms.low_balance, config.alarms.quota_percent), (Some(Amount(100_000)), 90));
    assert_eq!(config.alarms.webhook_secret.reveal(), "hush");
    let text = config.effective();
    assert!(text.contains("webhook_secret = \"********\"  # file dir/qiusuo.toml:12"), "{text}");
    assert!(text.contains("price = \"0.0050\""), "{text}");
    assert_eq!(Config::default().admission.limits, [Limits::NONE; 2]);
    for told in [text, config.effective_json().to_string(), format!("{config:?}")] {
        assert!(!told.contains("hush"), "{told}");
    }
}

#[test]
fn wrong_limits_and_alarms_are_refused_without_what_is_secret() {
    check("[admission.suggest]\nrate = \"5/d\"", "expected a rate such as 5/s, 100/m or 5000/h, or none", "");
    check("[admission.search]\nquota = -1", "admission.search.quota: expected a number of calls, 0 to", "");
    check("[admission.search]\nprice = \"none\"", "expected an amount, a decimal", "");
    check("[admission.search]\nprice = 0.00001", "up to four digits after the point", "");
    check("[admission.sugest]\nquota = 1", "unknown key admission.sugest", "is admission.suggest;");
    check("[alarms]\nquota_percent = 101", "expected a whole number, 1 to 100, found 101", "");
    check("[alarms]\nwebhook_url = \"http://h\"", "alarms.webhook_secret is not", "signed");
    check("[alarms]\nwebhook_secret = \"********\"", "found the mask", "");
    for file in [
        "[alarms]\nwebhook_url = \"ftp://h/hush\"",
        "[alarms]\nwebhook_url = \"https://u:hush@h/\"",
        "[alarms]\nwebhook_url = { hush = 1 }",
        "[alarms]\nwebhook_secret = [\"hush\"]",
        "[alarms]\nwebhook_secret = \"hush",
        "[alarms]\nwebhook_secret = hush",
    ] {
        let error = merge(file, &[], &Overrides::default()).unwrap_err();
        assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("hush"), "{error}");
    }
}

#[test]
fn the_default_author_goes_on_the_wire() {
    let file = "[content.default_author]\nuser_id = 7\nhome_page = \"https://a/b\"";
    let author = merge(file, &[], &Overrides::default()).unwrap().content.default_author.to_wire();
    assert_eq!((author.user_id, author.follow), (7, false));
    assert_eq!((author.avatar_url.as_str(), author.home_page.as_str()), ("", "https://a/b"));
}

#[test]
fn wrong_files_are_refused_exactly() {
    check("[server]\nlistn = 1", "dir/qiusuo.toml:2: unknown key server.listn", "server.listen");
    check("listen = \"127.0.0.1:1\"", "dir/qiusuo.toml:1: unknown key listen", "server.listen");
    check("[contents]\nx = 1", "unknown key contents", "key is content;");
    check("[content.default_author]\nnam = \"a\"", "content.default_author.nam", "default_author.name");
    check("[content]\ndefault_author = 1", "content.default_author: expected a table, found 1", "");
    check("[server]\nlisten = 8686", "server.listen: expected an IP address and a port", "");
    check("[server]\nlisten = \":8686\"", "found \":8686\"", "");
    check("[server]\nlisten = {}", "found a value of type table", "");
    check("[pages]\nsearch = \"yes\"", "pages.search: expected true or false, found \"yes\"", "");
    check("[suggest]\nminimum_users = 0", "expected a whole number, 1 to 1000000, found 0", "");
    check("[suggest]\nhttp_status = \"all\"", "one of \"mapped\", \"always_200\", found \"all\"", "");
    check("[index]\nwriter_memory = \"1MB\"", "15MB to 4GB, found \"1MB\"", "");
    check("[pages]\nmax_bytes = \"lots\"", "expected a size such as \"32MB\"", "");
    check("[server]\npublic_url = \"https://a/b\"", "scheme and host (and port) alone", "");
    check("[server]\npublic_url = \"ftp://a\"", "scheme and host (and port) alone", "");
    check("[content.default_author]\navatar_url = \"x.png\"", "begins with \"http://\"", "");
    check(
        "[suggest.routes.pinyin]\npenalty = 65",
        "suggest.routes.pinyin.penalty: expected a number, 0 to 64",
        "",
    );
    check("[suggest.routes.pinyin]\npenalty = nan", "found nan", "");
    check("[suggest.routes.pinyin]\npenalty = \"1\"", "found \"1\"", "");
    check(
        "[suggest.routes.pinyn]\npenalty = 1",
        "unknown key suggest.routes.pinyn",
        "is suggest.routes.pinyin;",
    );
    check("[suggest.route.pinyin]\npenalty = 1", "unknown key suggest.route", "is suggest.routes;");
    check("[suggest.fuzzy]\nz_z = true", "unknown key suggest.fuzzy.z_z", "suggest.fuzzy.z_zh");
    check("[suggest]\nfuzzy = true", "suggest.fuzzy: expected a table, found true", "");
    check("[suggest]\nrepairs_below = 16", "expected a whole number, 0 to 15, found 16", "");
    check("[server\n", "dir/qiusuo.toml is not valid TOML", "");
    check("[log]\nlevel = \"info\"\nlevel = \"info\"", "line 3", "");
}

#[test]
fn wrong_variables_are_refused_and_strangers_are_not() {
    check_variable("QIUSUO_SERVER_LISTEN", "here", "QIUSUO_SERVER_LISTEN: server.listen: expected an IP");
    check_variable("QIUSUO_SERVER_LISTN", "x", "environment: unknown key QIUSUO_SERVER_LISTN");
    check_variable("QIUSUO_SEVER_LISTEN", "x", "unknown key QIUSUO_SEVER_LISTEN");
    check_variable("QIUSUO_PAGES_MAXIMUM", "x", "unknown key QIUSUO_PAGES_MAXIMUM");
    check_variable("QIUSUO_CONTENT_RELATED_SCORE", "on", "expected true or false");
    let strangers = [
        ("QIUSUO_DATA_DIR", "/d"),
        ("QIUSUO_CONFIG", "/f"),
        ("QIUSUO_DATA", "/d"),
        ("QIUSUO_SEEDS", "/s"),
        ("QIUSUO_SERVER_SERVICE_HOST", "10.0.0.1"),
        ("QIUSUO_SERVER_PORT", "tcp://10.0.0.1:8686"),
        ("QIUSUO_SERVER_PORT_8686_TCP_ADDR", "10.0.0.1"),
        ("PATH", "/bin"),
    ];
    assert!(merge("", &strangers, &Overrides::default()).is_ok());
}

#[test]
fn an_empty_variable_unsets_what_may_be_unset() {
    let file = "[server]\npublic_url = \"http://a\"";
    let config = merge(file, &[("QIUSUO_SERVER_PUBLIC_URL", "")], &Overrides::default()).unwrap();
    assert_eq!(config.server.public_url, None);
}

#[test]
fn https_comes_whole_or_not_at_all() {
    check(
        "[server]\ntls_listen = \"0.0.0.0:1\"",
        "server.tls_listen is set, server.tls_certificate is not",
        "together",
    );
    check("[server]\ntls_key = \"k\"", "server.tls_key is set, server.tls_listen is not", "together");
    let both =
        "[server]\nlisten=\"0.0.0.0:1\"\ntls_listen=\"0.0.0.0:1\"\ntls_certificate=\"c\"\ntls_key=\"k\"";
    check(both, "both 0.0.0.0:1", "a port of its own");
}

#[test]
fn the_effective_configuration_is_a_configuration() {
    let flags = Overrides { listen: Some("127.0.0.1:3".into()), ..Overrides::default() };
    let config = merge("[content.default_author]\nname = \"引\\\"号\\n\"", &[], &flags).unwrap();
    let text = config.effective();
    assert!(text.contains("listen = \"127.0.0.1:3\"  # flag --listen\n"), "{text}");
    assert!(text.contains("grace_seconds = 10  # default\n"), "{text}");
    let again = merge(&text, &[], &Overrides::default()).unwrap();
    let values = |config: &Config| {
        let json = config.effective_json();
        let values = json.as_object().unwrap().iter();
        values.map(|(key, entry)| (key.clone(), entry["value"].clone())).collect::<Vec<_>>()
    };
    assert_eq!(values(&again), values(&config));
    assert_eq!(config.effective_json()["server.listen"]["source"], "flag");
    assert_eq!(config.effective_json()["server.listen"]["place"], "--listen");
}

#[test]
fn only_a_file_that_was_named_must_exist() {
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("absent.toml");
    let error = Config::load(directory.path(), Some(&absent), &Overrides::default()).unwrap_err();
    assert!(error.to_string().contains("absent.toml"), "{error}");
    std::fs::write(directory.path().join(FILE_NAME), "[server]\nlisten = \"127.0.0.1:9\"").unwrap();
    let config = Config::load(directory.path(), None, &Overrides::default()).unwrap();
    assert_eq!(config.server.listen.port(), 9);
}
