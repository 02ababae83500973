//! The command line as data: what was typed, and nothing about what it means.
//!
//! Every command, option and help text of the binary is defined here; the commands' bodies live elsewhere and
//! take these structs. Names are fixed: later work adds commands and options, it renames none.

mod accounts;
mod credentials;
mod eval;
mod items;
mod limits;
mod look;
mod rules;

use std::path::PathBuf;

use clap::{ArgGroup, Args, CommandFactory as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

pub use accounts::{Account, AccountCreate, AccountUpdate, MoveMoney, Reverse, Statement, Which};
pub use credentials::{
    App, AppChange, AppRotate, Audit, Name, Operator, OperatorCreate, Partner, Revoke, Role, ShowName,
    ShowPartner, Token, TokenCreate, TokenRotate, TokenUpdate,
};
pub use eval::{
    Eval, EvalCorrections, EvalLog, EvalRoutes, EvalSearch, EvalSuggest, HalfLife, Named, Weight,
};
pub use items::{Items, ItemsFile, ItemsIds, ItemsOne, ItemsPut};
pub use limits::{ApiName, CallerOptions};
pub use look::{ContentType, Search, Suggest};
pub use rules::{Ban, Pin, RemoveRule, Rules, RulesFile, Synonyms};

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "qiusuo",
    version,
    about = "Qiusuo 求索: keyword suggestions and content search over your own content",
    long_about = "Qiusuo 求索 answers a keyword suggestion API and a content search API over content and query \
                  logs of your own.\n\nData goes to standard output, everything else to standard error. Every \
                  command works on the directory of a stopped and of a running server.",
    after_help = "A first try: qiusuo demo",
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct CommandLine {
    /// Options that every command understands.
    #[command(flatten)]
    pub global: Global,
    /// The command to run.
    #[command(subcommand)]
    pub command: Command,
}

impl CommandLine {
    /// Writes the completion script for `shell` to `out`.
    pub fn write_completions(shell: Shell, out: &mut dyn std::io::Write) {
        clap_complete::generate(shell, &mut Self::command(), "qiusuo", out);
    }
}

/// Options that every command understands, in front of its name or after it.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Data directory: the store, the indexes, and qiusuo.toml
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "./qiusuo-data",
        env = "QIUSUO_DATA_DIR",
        help_heading = "Global options"
    )]
    pub data: PathBuf,
    /// Configuration file, in place of DIR/qiusuo.toml
    #[arg(long, global = true, value_name = "FILE", env = "QIUSUO_CONFIG", help_heading = "Global options")]
    pub config: Option<PathBuf>,
    /// Print one JSON document (or one a line) to standard output, for programs
    #[arg(long, global = true, help_heading = "Global options")]
    pub json: bool,
}

/// What the binary can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve both APIs and the pages over a data directory
    Serve(Serve),
    /// Fill an empty directory with demo content, serve it, and print commands to try
    #[command(
        long_about = "Fill an empty data directory with demo content, make an application and a token, start \
                             serving, and print commands to paste for both APIs.\n\nOn a directory that it filled before \
                             it starts again; any other directory that is not empty is refused."
    )]
    Demo(Demo),
    /// Import content, a query log, or suggestion entries
    #[command(
        long_about = "Import content, a query log, or suggestion entries. A bad line never stops an import: it \
                      is left out and reported with its line number, key and reason. An interrupted import can \
                      be run again as it is.",
        after_help = "Exit code: 0 all lines are in, 3 some were rejected, 1 the import failed."
    )]
    Import(Import),
    /// Applications of the content search API
    #[command(subcommand)]
    App(App),
    /// Tokens of the suggestion API
    #[command(subcommand)]
    Token(Token),
    /// Operators, whose keys open the API under /v1/
    #[command(subcommand)]
    Operator(Operator),
    /// Who changed which credential, when, from what to what
    Audit(Audit),
    /// Items one by one: put, get, delete, take down, bring back, set counters
    #[command(
        subcommand,
        long_about = "Items, as the API under /v1/ acts on them.\n\nA command returns when what it did is in force, on \
                      the directory of a stopped and of a running server alike. With --json it prints the lines \
                      that the API answers.",
        after_help = "Exit code: 0 all is done, 3 some lines were rejected or some items are not there, 1 the \
                      command failed."
    )]
    Items(Items),
    /// What stands at a fixed place among the suggestions, and what never stands there
    #[command(
        subcommand,
        long_about = "Rules of the suggestions: a pin places a text at a position for what is typed, a ban keeps \
                      a text or a pattern out.\n\nA command returns when its rules are in force, on the directory \
                      of a stopped and of a running server alike."
    )]
    Rules(Rules),
    /// Make the content index anew from the store
    #[command(
        long_about = "Make the content index anew from the store, beside the one that is there, and put it in force \
                      in one step.\n\nA server that runs on the directory does it itself and goes on answering; the \
                      command waits until the new index is in force. Meanwhile the index takes twice its room on \
                      the disk.",
        after_help = "Exit code: 0 the new index is in force, 1 it is not and the old one still is."
    )]
    Reindex,
    /// Suggestions for a keyword; with --json exactly the endpoint's answer
    #[command(after_help = "Nothing is admitted, charged or logged: this is for looking.")]
    Suggest(Suggest),
    /// Search results for a keyword; with --json exactly the endpoint's answer
    #[command(after_help = "Nothing is admitted, charged or logged: this is for looking.")]
    Search(Search),
    /// Print the signed public parameters of a content search request
    #[command(
        long_about = "Print partner, timestamp, nonce and signature as they stand in a request's query. The \
                      secret comes from the data directory or from a file, never from the command line.",
        after_help = "Example: curl \"http://127.0.0.1:8686/access_token/register/wap/v4/?uuid=user-0001&$(qiusuo sign \
                      --partner NAME --uuid user-0001)\""
    )]
    Sign(Sign),
    /// How good suggestions and search are: a log replayed, routes typed on purpose, judged sets searched
    #[command(subcommand)]
    Eval(Eval),
    /// Accounts: money for calls, and where it went
    #[command(
        subcommand,
        long_about = "Accounts: money for calls, and where it went. Tokens and applications call at the cost of the \
                      account that `qiusuo token|app create|update --account` gives them.\n\nOn the directory of a \
                      stopped and of a running server alike; what a command changes is in force within a second."
    )]
    Account(Account),
    /// Look whether the data directory is sound: database, ledger, keys
    #[command(after_help = "Exit code: 0 everything is sound, 1 something is not.")]
    Doctor,
    /// Print the effective configuration and where each value comes from
    #[command(after_help = "Lowest to highest: defaults, qiusuo.toml, environment QIUSUO_*, flags.")]
    Config,
    /// Print a completion script for a shell
    Completions(Completions),
}

/// `qiusuo serve`.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Where and how to listen.
    #[command(flatten)]
    pub listen: Listen,
}

/// Where a server listens; each flag stands above the configuration.
#[derive(Debug, Clone, Default, Args)]
pub struct Listen {
    /// Address for HTTP [default: 127.0.0.1:8686]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// Address for HTTPS; needs a certificate and a key
    #[arg(long, value_name = "ADDR")]
    pub tls_listen: Option<String>,
    /// Certificate chain for HTTPS, PEM, the server's own certificate first
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM, not encrypted
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,
}

/// `qiusuo demo`.
#[derive(Debug, Clone, Args)]
pub struct Demo {
    /// Address for HTTP [default: 127.0.0.1:8686]
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
}

/// `qiusuo import`.
#[derive(Debug, Clone, Args)]
pub struct Import {
    /// What the files hold
    #[arg(long, value_enum, default_value_t = ImportKind::Content)]
    pub kind: ImportKind,
    /// Write rejected lines here, with line number, key and reason (NDJSON)
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Return when the lines are durably stored, not when they can be found
    #[arg(long)]
    pub no_wait: bool,
    /// Import a query log that was imported before once more; its counts are added again
    #[arg(long)]
    pub again: bool,
    /// Treat a query log as searches made here: a query is suggested once suggest.minimum_users different
    /// users submitted it, and found something
    #[arg(long)]
    pub apply_threshold: bool,
    /// Files, plain, .gz or .zst; - for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// What an import holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportKind {
    /// Articles and videos, one JSON object a line
    Content,
    /// Submitted queries, one JSON object a line or tab-separated
    Queries,
    /// Suggestion entries of your own, one JSON object a line
    Entries,
}

/// `qiusuo sign`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("secret").required(true).multiple(true).args(["partner", "secure_key_file"])))]
pub struct Sign {
    /// Sign for this partner; its secret comes from the data directory, or from --secure-key-file
    #[arg(long, value_name = "NAME")]
    pub partner: Option<String>,
    /// Read the secret from this file, - for standard input
    #[arg(long, value_name = "FILE")]
    pub secure_key_file: Option<PathBuf>,
    /// Unix seconds [default: now]
    #[arg(long, value_name = "N")]
    pub timestamp: Option<i64>,
    /// Between 1 and 64 characters [default: random]
    #[arg(long, value_name = "TEXT")]
    pub nonce: Option<String>,
    /// Sign a registration of this user
    #[arg(long, value_name = "ID")]
    pub uuid: Option<String>,
}

/// `qiusuo completions`.
#[derive(Debug, Clone, Args)]
pub struct Completions {
    /// The shell to write for
    #[arg(value_enum)]
    pub shell: Shell,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from(std::iter::once("qiusuo").chain(line.split(' ')))
    }

    /// Whether clap takes the line; an error's first line otherwise.
    fn check(line: &str, expected: Result<(), &str>) {
        match (parse(line), expected) {
            (Ok(_), Ok(())) => {}
            (Err(error), Err(part)) => {
                let text = error.to_string();
                assert!(text.contains(part), "{line}: expected {part:?} in {text}");
            }
            (Ok(_), Err(part)) => panic!("{line}: accepted, expected {part:?}"),
            (Err(error), Ok(())) => panic!("{line}: {error}"),
        }
    }

    #[test]
    fn definitions_are_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn every_command_of_the_book_is_taken() {
        for line in [
            "serve --data d --listen 127.0.0.1:1 --tls-listen 127.0.0.1:2 --tls-cert c --tls-key k",
            "--data d --json serve",
            "demo --data d --listen 127.0.0.1:1",
            "demo",
            "import --data d --kind queries --rejects r --no-wait --again --json a.tsv b.ndjson.gz",
            "import -",
            "app create --data d --partner p --json",
            "app list --data d",
            "app disable --partner p",
            "app enable --partner p",
            "token create --data d --name n --json",
            "app create --partner p --account a --allow search --deny suggest --rate 10/s --burst 20 --quota 9 --cap 1.5 --price 0.01",
            "app update --partner p --refuse-repeated-nonces true --rate none --burst none --quota none --cap none",
            "app update --partner p --api suggest --quota default --account none",
            "app show p --json",
            "app rotate --partner p --overlap 0",
            "app revoke --partner p --user u",
            "app revoke --partner p",
            "app revoke --all",
            "token create --name n --account 7 --allow suggest,search --rate 300/m",
            "token update n --price 0.0100",
            "token update --name n --price default",
            "token show n",
            "token rotate --name n --overlap 7d --json",
            "audit --limit 3 --json",
            "token list",
            "token disable --name n",
            "token enable --name n",
            "operator create --name n --role owner --json",
            "operator create --name n",
            "operator list",
            "operator disable --name n",
            "operator enable --name n",
            "suggest --data d 美食 --json",
            "suggest 美食 --explain --why-not 美食节 --json",
            "items put a.ndjson --no-wait",
            "items put --data d --json -",
            "items get 7 --json",
            "items delete 7 8",
            "items take-down 7 8 --json",
            "items restore 7",
            "items counters counters.ndjson",
            "rules --data d pin 美食 美食节 --position 1 --from 2026-01-01 --to 1767312000",
            "rules ban 竹叶",
            "rules ban --pattern ^竹.$",
            "rules list --json",
            "rules remove 7",
            "rules export -",
            "rules import rules.ndjson --data d",
            "import --kind queries --apply-threshold a.tsv",
            "search --data d 美食 --offset 10 --count 20 --types tuwen,short_video --json",
            "sign --data d --partner p --timestamp 1695624033 --nonce 123456 --uuid u",
            "sign --secure-key-file -",
            "sign --partner p --secure-key-file f",
            "eval corrections --pairs p --texts t --texts u v --json",
            "eval suggest --log l --test-days 7 --every 2 --json",
            "eval suggest --log l --log m --from 2025-12-01 --to 2025-12-31 --where source=微博 --half-life 12h --half-life all",
            "eval suggest --log l --weight fast=100",
            "eval routes --log l --sample 10 --seed 3 --share 0.5 --seen-on-days 1 --misses 5",
            "eval routes --entries e --data d",
            "config --json --config f",
            "completions bash",
        ] {
            check(line, Ok(()));
        }
    }

    #[test]
    fn wrong_lines_are_refused_by_name() {
        check("serv", Err("unrecognized subcommand 'serv'"));
        check("import", Err("<FILE>"));
        check("app create", Err("--partner <NAME>"));
        check("token update --price 1", Err("<NAME|--name <NAME>>"));
        check("token update n --name n", Err("cannot be used with"));
        check("token create --name n --rate 10", Err("5/s, 100/m or 5000/h"));
        check("token create --name n --allow suggest,pages", Err("possible values: suggest, search"));
        check("token create --name n --cap 1.23456", Err("four digits"));
        check("token rotate --name n --overlap 24", Err("such as 24h"));
        check("app revoke", Err("<--partner <NAME>|--all>"));
        check("app revoke --all --user u", Err("cannot be used with"));
        check("app revoke --user u", Err("--partner <NAME>"));
        check("search 美食 --count 21", Err("21 is not in 1..=20"));
        check("search 美食 --types video", Err("possible values: tuwen, xigua_video, short_video"));
        check("sign", Err("<--partner <NAME>|--secure-key-file <FILE>>"));
        check("items get", Err("<ID>"));
        check("items take-down x", Err("from 1 to 9223372036854775807"));
        check("items delete 0", Err("from 1 to"));
        check("items counters", Err("<FILE>"));
        check("rules pin 美 美食", Err("--position <N>"));
        check("rules pin 美 美食 --position 16", Err("16 is not in 1..=15"));
        check("rules pin 美 美食 --position 1 --to soon", Err("expected RFC 3339"));
        check("rules ban", Err("<TEXT|--pattern <REGEX>>"));
        check("rules ban 竹 --pattern 竹", Err("cannot be used with"));
        check("eval suggest", Err("--log <FILE>"));
        check("eval suggest --log l --test-days 3 --from 2025-12-01", Err("cannot be used with"));
        check("eval suggest --log l --half-life soon", Err("a number and h or d"));
        check("eval suggest --log l --from december", Err("YYYY-MM-DD"));
        check("eval routes", Err("--log <FILE>"));
        check("eval routes --log l --share 1.5", Err("from 0 to 1"));
        check("operator create --name n --role boss", Err("possible values: owner, editor, reader"));
    }

    #[test]
    fn values_arrive_as_typed() {
        let line = parse("search --data d 美食 --types tuwen,short_video").unwrap();
        assert_eq!(line.global.data, PathBuf::from("d"));
        let Command::Search(search) = line.command else { panic!("not a search") };
        assert_eq!((search.offset, search.count), (0, 10));
        assert_eq!(search.types, [ContentType::Tuwen, ContentType::ShortVideo]);
    }

    #[test]
    fn completions_name_the_commands() {
        let mut script = Vec::new();
        CommandLine::write_completions(Shell::Bash, &mut script);
        let text = String::from_utf8(script).unwrap();
        assert!(text.contains("completions") && text.contains("import"));
    }
}
