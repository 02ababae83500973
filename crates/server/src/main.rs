//! `qiusuo`: parse the command line, run one command, tell the exit code.

use std::process::ExitCode;

use clap::Parser as _;
use qiusuo::{cli::CommandLine, commands, output};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command_line = CommandLine::parse();
    match commands::run(command_line) {
        Ok(code) => code,
        Err(error) => output::failure(&error),
    }
}
