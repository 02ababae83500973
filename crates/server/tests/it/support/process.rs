//! A process of the binary: its streams are read as they come, and it never outlives the test.

use std::{
    ffi::OsStr,
    io::{Read, Write as _},
    process::{Child, ChildStdin, Command, Stdio},
    sync::Arc,
    sync::Mutex,
    thread::JoinHandle,
};

use super::wait_for;

/// A running process.
pub(crate) struct Process {
    child: Child,
    stdout: Captured,
    stderr: Captured,
    _reaper: Reaper,
}

/// How a process ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary to its end.
pub(crate) fn run<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Ran {
    Process::start(arguments).wait()
}

impl Process {
    /// Starts the binary. Variables `QIUSUO_*` of the test's own environment do not reach it.
    pub(crate) fn start<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Process {
        Self::start_with(arguments, &[], "")
    }

    /// Starts the binary with variables and with what stands on its standard input.
    pub(crate) fn start_with<S: AsRef<OsStr>>(
        arguments: impl IntoIterator<Item = S>,
        variables: &[(&str, &str)],
        input: &str,
    ) -> Process {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qiusuo"));
        command.args(arguments).env("NO_COLOR", "1");
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("QIUSUO_"))
        {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the binary starts");
        let reaper = Reaper::of(child.id());
        let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_owned());
        // A process that ends without reading it says why by itself.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()));
        let stdout = Captured::of(child.stdout.take().unwrap());
        let stderr = Captured::of(child.stderr.take().unwrap());
        Process { child, stdout, stderr, _reaper: reaper }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What came on standard output until now.
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    /// What came on standard error until now.
    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Whether it has not ended yet.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Asks it to end, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let status =
            Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", name, &self.id().to_string()]).status();
        assert!(status.unwrap().success(), "the process could not be signalled");
    }

    /// Ends it on the spot, as a power cut does, and returns when it is gone.
    pub(crate) fn kill(mut self) -> Ran {
        self.child.kill().unwrap();
        self.wait()
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Ran {
        let status = wait_for("the end of a process", || self.child.try_wait().unwrap());
        Ran { code: status.code(), stdout: self.stdout.all(), stderr: self.stderr.all() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ran {
    /// The same, after a look at the exit code.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Ran {
        self.exited(0)
    }

    /// The same, after a look at the exit code.
    #[track_caller]
    pub(crate) fn exited(self, code: i32) -> Ran {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The one JSON document on standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The JSON documents on standard output, one a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<serde_json::Value> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        self.stdout.lines().map(parse).collect()
    }
}

/// A stream that a thread reads.
struct Captured {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Captured {
    fn of(mut stream: impl Read + Send + 'static) -> Captured {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&bytes);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = stream.read(&mut buffer) {
                taken.lock().unwrap().extend_from_slice(&buffer[..count]);
            }
        });
        Captured { bytes, reader: Some(reader) }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    /// Everything, once the process has ended.
    fn all(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.text()
    }
}

/// Kills a process when the test process is gone, whatever became of it: statics are never dropped, and a test
/// run can be killed. It notices by the end of its standard input.
struct Reaper {
    shell: Child,
    input: Option<ChildStdin>,
}

impl Reaper {
    fn of(id: u32) -> Reaper {
        let mut command = Command::new("sh");
        command.args(["-c", "read -r line || kill -s KILL \"$0\"", &id.to_string()]).stdin(Stdio::piped());
        let mut shell = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let input = shell.stdin.take();
        Reaper { shell, input }
    }
}

impl Drop for Reaper {
    fn drop(&mut self) {
        // A line says that the process was waited for: its number may belong to another one by now.
        if let Some(mut input) = self.input.take() {
            let _ = input.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
