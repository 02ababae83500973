//! The binary as its users meet it: real processes on ports and directories of their own.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod support;

mod admin;
mod admission;
mod alarms;
mod answer_cache;
mod architecture;
mod caller;
mod commands;
mod contract_search;
mod contract_search_pages;
mod contract_search_refusals;
mod contract_suggestions;
mod credentials_commands;
mod credentials_signed;
mod demo;
mod eval;
mod explaining;
mod explaining_search;
mod faults;
mod import;
mod kill;
mod library;
mod neighbours;
mod openapi;
mod operations;
mod page_lists;
mod pages;
mod reindex;
mod rules;
mod running;
mod sdk;
mod seed;
mod stored;
mod synonyms;
mod user;
mod walk;
mod writing;
