//! `qiusuo app`, `qiusuo token` and `qiusuo operator`: their options.

use clap::{Args, Subcommand, ValueEnum};

/// `qiusuo app`.
#[derive(Debug, Clone, Subcommand)]
pub enum App {
    /// Make an application and print its secure_key
    Create(Partner),
    /// List the applications, without their secrets
    List,
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

/// `qiusuo token`.
#[derive(Debug, Clone, Subcommand)]
pub enum Token {
    /// Make a token and print it; it is shown this once
    Create(Name),
    /// List the tokens by name
    List,
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
