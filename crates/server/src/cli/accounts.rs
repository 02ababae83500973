//! `qiusuo account` and `qiusuo doctor`: their options.

use clap::{Args, Subcommand};
use engine::Amount;

/// `qiusuo account`.
#[derive(Debug, Clone, Subcommand)]
pub enum Account {
    /// Make an account
    Create(AccountCreate),
    /// List the accounts with what is in them
    List,
    /// Show one account and those who call at its cost
    Show(Which),
    /// Add money to an account
    TopUp(MoveMoney),
    /// Put a balance right: an amount with a minus sign takes money out
    Correct(MoveMoney),
    /// Take a ledger entry back: a top-up, a correction, or calls that were lost with a lease
    Reverse(Reverse),
    /// Set the balance below which an alarm is raised
    Update(AccountUpdate),
    /// Every entry of an account: money in, leases, what they spent and gave back
    #[command(
        after_help = "The balance is the sum of the amounts. What servers hold to spend is the sum of held: it is taken \
                      when a lease is granted, and let go when its calls are settled or given back."
    )]
    Statement(Statement),
}

/// An account.
#[derive(Debug, Clone, Args)]
pub struct Which {
    /// The account's number or name
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
}

/// `qiusuo account create`.
#[derive(Debug, Clone, Args)]
pub struct AccountCreate {
    /// The name it is listed under
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// Money to begin with, in CNY
    #[arg(long, value_name = "AMOUNT", default_value = "0")]
    pub balance: Amount,
}

/// `qiusuo account top-up` and `correct`.
#[derive(Debug, Clone, Args)]
pub struct MoveMoney {
    /// The account's number or name
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// How much, in CNY, such as 7.7770
    #[arg(value_name = "AMOUNT", allow_hyphen_values = true)]
    pub amount: Amount,
    /// What the statement says about it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
}

/// `qiusuo account reverse`.
#[derive(Debug, Clone, Args)]
pub struct Reverse {
    /// The entry's number in the statement
    #[arg(value_name = "ENTRY")]
    pub entry: i64,
    /// What the statement says about it
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub note: String,
}

/// `qiusuo account update`.
#[derive(Debug, Clone, Args)]
pub struct AccountUpdate {
    /// The account's number or name
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The balance below which an alarm is raised; `default` follows the configuration
    #[arg(long, value_name = "AMOUNT|default")]
    pub low_balance: String,
}

/// `qiusuo account statement`.
#[derive(Debug, Clone, Args)]
pub struct Statement {
    /// The account's number or name
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// The first day, in Asia/Shanghai, or a moment such as 2026-11-27T12:00:00+08:00
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// The last day, or the moment before which it ends
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// Print comma-separated values with a head line
    #[arg(long)]
    pub csv: bool,
}
