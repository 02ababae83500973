//! A data directory of a test's own.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use super::{Application, Process, Ran, Server};

/// A data directory, and room for other files beside it.
pub(crate) struct Directory {
    temporary: tempfile::TempDir,
    /// Removes the directory when the test process is gone, for one that is never dropped.
    _sweeper: Option<Child>,
}

impl Directory {
    pub(crate) fn new() -> Directory {
        Directory { temporary: tempfile::tempdir().unwrap(), _sweeper: None }
    }

    /// A directory for a static, which is never dropped.
    pub(crate) fn of_the_whole_run() -> Directory {
        let directory = Directory::new();
        // It waits for the end of its standard input, and a moment for the processes that are killed then.
        let script = "read -r line; sleep 2; rm -rf -- \"$0\"";
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(directory.temporary.path()).stdin(Stdio::piped());
        let sweeper = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        Directory { _sweeper: Some(sweeper), ..directory }
    }

    /// The data directory; it exists once a command made it.
    pub(crate) fn data(&self) -> PathBuf {
        self.temporary.path().join("data")
    }

    /// Where a file of the test's lies, beside the data directory.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    /// Writes a file beside the data directory.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.file(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Writes the directory's `qiusuo.toml`.
    pub(crate) fn configure(&self, toml: &str) {
        std::fs::create_dir_all(self.data()).unwrap();
        std::fs::write(self.data().join("qiusuo.toml"), toml).unwrap();
    }

    /// Starts a command on this directory.
    pub(crate) fn start(&self, arguments: &[&str]) -> Process {
        Process::start(with_data(arguments, &self.data()))
    }

    /// Starts a command on this directory with something on its standard input.
    pub(crate) fn start_with_input(&self, arguments: &[&str], input: &str) -> Process {
        Process::start_with(with_data(arguments, &self.data()), &[], input)
    }

    /// Runs a command on this directory to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).wait()
    }

    /// Imports content lines and returns the summary.
    #[track_caller]
    pub(crate) fn import(&self, lines: &str) -> serde_json::Value {
        let file = self.write("import.ndjson", lines);
        self.run(&["import", "--json", &shown(&file)]).succeeded().json()
    }

    /// Makes a token of the suggestion API.
    #[track_caller]
    pub(crate) fn token(&self, name: &str) -> String {
        let made = self.run(&["token", "create", "--name", name, "--json"]).succeeded().json();
        made["token"].as_str().unwrap().to_owned()
    }

    /// Makes an application of the content search API.
    #[track_caller]
    pub(crate) fn application(&self, partner: &str) -> Application {
        let made = self.run(&["app", "create", "--partner", partner, "--json"]).succeeded().json();
        Application::new(made["partner"].as_str().unwrap(), made["secure_key"].as_str().unwrap())
    }

    /// A server on this directory, ready.
    #[track_caller]
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    /// A server with further arguments, ready.
    #[track_caller]
    pub(crate) fn serve_with(&self, arguments: &[&str]) -> Server {
        let arguments = [&["serve", "--listen", "127.0.0.1:0"], arguments].concat();
        Server::of(self.start(&arguments))
    }
}

/// A path as an argument.
pub(crate) fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn with_data(arguments: &[&str], data: &Path) -> Vec<String> {
    let mut all: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
    // In front of a command's own arguments, where a `--` cannot swallow it.
    all.splice(0..0, ["--data".to_owned(), shown(data)]);
    all
}
