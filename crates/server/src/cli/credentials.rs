//! `qiusuo app`, `qiusuo token`, `qiusuo operator` and `qiusuo audit`: their options.

use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use super::limits::{CallerOptions, overlap};

/// `qiusuo app`.
#[derive(Debug, Clone, Subcommand)]
pub enum App {
    /// Make an application and print its secure_key
    Create(AppChange),
    /// Change an application's account, its limits, or whether its nonces may be used again
    Update(AppChange),
    /// Show an application with the limits in force
    Show(ShowPartner),
    /// List the applications, without their secrets
    List,
    /// Give an application a new secure_key and print it; the old one signs until the overlap ends
    Rotate(AppRotate),
    /// End the access tokens of a user, of an application, or all
    Revoke(Revoke),
    /// Refuse an application's requests from now on
    Disable(Partner),
    /// Let a disabled application in again
    Enable(Partner),
}

/// An application, named by its partner.
#[derive(Debug, Clone, Args)]
pub struct Partner {
    /// The partner name that requests carry
    #[arg(long, value_name = "NAME")]
    pub partner: String,
}

/// An application, named without an option.
#[derive(Debug, Clone, Args)]
pub struct ShowPartner {
    /// The partner name that requests carry
    #[arg(value_name = "PARTNER")]
    pub partner: String,
}

/// `qiusuo app create` and `qiusuo app update`.
#[derive(Debug, Clone, Args)]
pub struct AppChange {
    /// The application.
    #[command(flatten)]
    pub partner: Partner,
    /// Account and limits.
    #[command(flatten)]
    pub options: CallerOptions,
    /// Refuse a request whose nonce came before with the same timestamp
    #[arg(long, value_name = "true|false")]
    pub refuse_repeated_nonces: Option<bool>,
}

/// `qiusuo app rotate`.
#[derive(Debug, Clone, Args)]
pub struct AppRotate {
    /// The application.
    #[command(flatten)]
    pub partner: Partner,
    /// How long the old one is good too: 30m, 24h, 7d; 0 ends it at once
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = overlap)]
    pub overlap: i64,
}

/// `qiusuo app revoke`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("whose").required(true).args(["partner", "all"])))]
pub struct Revoke {
    /// The application whose access tokens end
    #[arg(long, value_name = "NAME")]
    pub partner: Option<String>,
    /// Only those of the user that it registered under this uuid
    #[arg(long, value_name = "UUID", requires = "partner", conflicts_with = "all")]
    pub user: Option<String>,
    /// Those of all applications
    #[arg(long)]
    pub all: bool,
}

/// `qiusuo token`.
#[derive(Debug, Clone, Subcommand)]
pub enum Token {
    /// Make a token and print it; it is shown this once
    Create(TokenCreate),
    /// Change a token's account or its limits
    Update(TokenUpdate),
    /// Show a token with the limits in force
    Show(ShowName),
    /// List the tokens by name
    List,
    /// Put a new token in the place of one and print it; the old one is good until the overlap ends
    Rotate(TokenRotate),
    /// Refuse a token from now on
    Disable(Name),
    /// Let a disabled token in again
    Enable(Name),
}

/// Something that is known by a name.
#[derive(Debug, Clone, Args)]
pub struct Name {
    /// The name it is listed under
    #[arg(long, value_name = "NAME")]
    pub name: String,
}

/// Something that is named without an option.
#[derive(Debug, Clone, Args)]
pub struct ShowName {
    /// The name it is listed under
    #[arg(value_name = "NAME")]
    pub name: String,
}

/// `qiusuo token create`.
#[derive(Debug, Clone, Args)]
pub struct TokenCreate {
    /// The token.
    #[command(flatten)]
    pub name: Name,
    /// Account and limits.
    #[command(flatten)]
    pub options: CallerOptions,
}

/// `qiusuo token update`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("which").required(true).args(["named", "name"])))]
pub struct TokenUpdate {
    /// The name it is listed under
    #[arg(value_name = "NAME")]
    pub named: Option<String>,
    /// The same as an option
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Account and limits.
    #[command(flatten)]
    pub options: CallerOptions,
}

/// `qiusuo token rotate`.
#[derive(Debug, Clone, Args)]
pub struct TokenRotate {
    /// The token.
    #[command(flatten)]
    pub name: Name,
    /// How long the old one is good too: 30m, 24h, 7d; 0 ends it at once
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = overlap)]
    pub overlap: i64,
}

/// `qiusuo audit`.
#[derive(Debug, Clone, Args)]
pub struct Audit {
    /// How many changes, the newest first
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..))]
    pub limit: i64,
}

/// `qiusuo operator`.
#[derive(Debug, Clone, Subcommand)]
pub enum Operator {
    /// Make an operator and print the key; it is shown this once
    Create(OperatorCreate),
    /// List the operators with their roles
    List,
    /// Refuse an operator's key from now on
    Disable(Name),
    /// Let a disabled operator in again
    Enable(Name),
}

/// `qiusuo operator create`.
#[derive(Debug, Clone, Args)]
pub struct OperatorCreate {
    /// The name it is listed under
    #[arg(long, value_name = "NAME")]
    pub name: String,
    /// What the operator may do
    #[arg(long, value_enum, default_value_t = Role::Editor)]
    pub role: Role,
}

/// What an operator may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// Everything, credentials and money included
    Owner,
    /// Content, suggestions and rules
    Editor,
    /// Reading only
    Reader,
}
