//! A server that is ready, and the demo that tests share.

use std::{ops::Deref, sync::OnceLock};

use super::{Answer, Application, Directory, Http, Process, Ran, target, wait_for};

/// A running server. Dropped, it is killed.
pub(crate) struct Server {
    process: Process,
    /// Where it answers HTTP: `127.0.0.1:PORT`.
    pub(crate) address: String,
    /// Where it answers HTTPS, if it does.
    pub(crate) https_address: Option<String>,
}

impl Server {
    /// The server that a process is about to be: waits until `/readyz` says so.
    #[track_caller]
    pub(crate) fn of(mut process: Process) -> Server {
        let address = wait_for("the server's address", || {
            let address = listening(&process, "http");
            assert!(address.is_some() || process.is_running(), "the server ended:\n{}", process.stderr());
            address
        });
        let http = Http::new(&address);
        wait_for("a ready server", || {
            assert!(process.is_running(), "the server ended:\n{}", process.stderr());
            (http.get("/readyz").status == 200).then_some(())
        });
        let https_address = listening(&process, "https");
        Server { process, address, https_address }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn http(&self) -> Http {
        Http::new(&self.address)
    }

    /// One GET.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.http().get(target)
    }

    /// Suggestions, with HTTP status and headers.
    #[track_caller]
    pub(crate) fn suggest(&self, token: &str, keyword: &str) -> Answer {
        self.get(&target("/api/xiaohongshu/search-recommend/v1", &[("token", token), ("keyword", keyword)]))
    }

    /// What the server wrote to standard output until now.
    pub(crate) fn stdout(&self) -> String {
        self.process.stdout()
    }

    /// What the server wrote to standard error until now.
    pub(crate) fn stderr(&self) -> String {
        self.process.stderr()
    }

    /// The process, to signal it.
    pub(crate) fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Asks the server to end and waits until it has.
    pub(crate) fn stop(self) -> Ran {
        self.process.terminate();
        self.wait()
    }

    /// Waits for the end of a server that was signalled.
    pub(crate) fn wait(self) -> Ran {
        self.process.wait()
    }

    /// Ends the server on the spot (SIGKILL).
    pub(crate) fn kill(self) -> Ran {
        self.process.kill()
    }
}

fn listening(process: &Process, scheme: &str) -> Option<String> {
    let stderr = process.stderr();
    // A line that is still being written has no end yet.
    let whole = &stderr[..stderr.rfind('\n')?];
    let address = |line: &str| line.strip_prefix(&format!("listening on {scheme}://")).map(str::to_owned);
    whole.lines().find_map(address)
}

/// A server with the demo content.
pub(crate) struct Demo {
    pub(crate) server: Server,
    /// What `demo --json` printed.
    pub(crate) printed: serde_json::Value,
    pub(crate) token: String,
    pub(crate) application: Application,
    /// The demo user's.
    pub(crate) access_token: String,
}

impl Demo {
    /// Starts the demo on a directory.
    #[track_caller]
    pub(crate) fn start(directory: &Directory) -> Demo {
        let server = Server::of(directory.start(&["demo", "--listen", "127.0.0.1:0", "--json"]));
        let printed: serde_json::Value = wait_for("the demo's commands", || {
            let stdout = server.process.stdout();
            stdout.ends_with('\n').then(|| serde_json::from_str(&stdout).unwrap())
        });
        let field = |name: &str| printed[name].as_str().unwrap().to_owned();
        let application = Application::new(&field("partner"), &field("secure_key"));
        Demo { token: field("token"), access_token: field("access_token"), application, server, printed }
    }

    /// Suggestions for a keyword: the item texts, after a look at code 0.
    #[track_caller]
    pub(crate) fn suggestions(&self, keyword: &str) -> Vec<serde_json::Value> {
        let answer = self.server.suggest(&self.token, keyword);
        let body = answer.json();
        assert_eq!(body["code"], 0, "{keyword}: {body}");
        body["data"]["items"].as_array().unwrap().clone()
    }

    /// A search with the demo user's token: the whole answer.
    #[track_caller]
    pub(crate) fn search(&self, parameters: &[(&str, &str)]) -> serde_json::Value {
        self.application.search(&self.server, &self.access_token, parameters).json()
    }
}

impl Deref for Demo {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

/// One demo server for all tests that only read. It ends with the test process.
pub(crate) fn demo() -> &'static Demo {
    &shared_demo().1
}

/// The directory of [`demo`], for commands that only read.
pub(crate) fn demo_directory() -> &'static Directory {
    &shared_demo().0
}

fn shared_demo() -> &'static (Directory, Demo) {
    static SHARED: OnceLock<(Directory, Demo)> = OnceLock::new();
    SHARED.get_or_init(|| {
        let directory = Directory::of_the_whole_run();
        let demo = Demo::start(&directory);
        (directory, demo)
    })
}
