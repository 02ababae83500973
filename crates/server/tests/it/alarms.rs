//! Alarms on their way to a webhook: signed, sent again until they are taken, and never lost.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU16, Ordering},
        mpsc::{Receiver, channel},
    },
};

use crate::support::{DEADLINE, Directory, Server, now, wait_for};

pub(crate) const SECRET: &str = "hush-webhook-secret";
pub(crate) const PATH: &str = "/hook/hush-path?key=hush-query";
const BODY: &str = r#"{"kind":"quota","name":"美食"}"#;

/// A receiver that answers with the status that stands there.
pub(crate) struct Hook {
    address: String,
    status: Arc<AtomicU16>,
    pub(crate) posts: Receiver<Post>,
}

/// What was posted.
pub(crate) struct Post {
    head: String,
    pub(crate) body: String,
}

impl Hook {
    pub(crate) fn answering(status: u16) -> Hook {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, posts) = channel();
        let status = Arc::new(AtomicU16::new(status));
        let present = Arc::clone(&status);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // A server that was killed while it posted broke off.
                let Some(post) = Post::read(&mut stream) else { continue };
                let status = present.load(Ordering::SeqCst);
                // Told before it is answered: what the server noted has been told.
                if sender.send(post).is_err() {
                    return;
                }
                let head = "Location: /\r\nContent-Length: 0\r\nConnection: close";
                let _ = write!(stream, "HTTP/1.1 {status} X\r\n{head}\r\n\r\n");
            }
        });
        Hook { address, status, posts }
    }

    fn answer(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(crate) fn configuration(&self) -> String {
        format!("[alarms]\nwebhook_url = \"http://{}{PATH}\"\nwebhook_secret = \"{SECRET}\"\n", self.address)
    }

    #[track_caller]
    pub(crate) fn next(&self) -> Post {
        self.posts.recv_timeout(DEADLINE).unwrap()
    }
}

impl Post {
    fn read(stream: &mut TcpStream) -> Option<Post> {
        let (mut bytes, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if let Some((head, body)) = text.split_once("\r\n\r\n") {
                let post = Post { head: head.to_owned(), body: body.to_owned() };
                if post.header("content-length").parse() == Ok(body.len()) {
                    return Some(post);
                }
            }
            match stream.read(&mut buffer) {
                Ok(count @ 1..) => bytes.extend_from_slice(&buffer[..count]),
                _ => return None,
            }
        }
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let value = |line| {
            let (known, value) = str::split_once(line, ": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        };
        self.head.lines().find_map(value).unwrap_or_else(|| panic!("no {name} in {}", self.head))
    }

    /// Looks whether it is an alarm with [`BODY`].
    #[track_caller]
    fn check(&self, id: &str) {
        assert_eq!((self.body.as_str(), self.header("x-qiusuo-event-id")), (BODY, id));
        self.check_form();
    }

    /// Looks whether it is what the documentation says, signature included.
    #[track_caller]
    pub(crate) fn check_form(&self) {
        assert!(self.head.starts_with(&format!("POST {PATH} HTTP/1.1\r\n")), "{}", self.head);
        assert_eq!(self.header("content-type"), "application/json; charset=utf-8");
        let timestamp = self.header("x-qiusuo-timestamp");
        assert!(timestamp.parse::<i64>().unwrap().abs_diff(now()) <= 120, "{timestamp}");
        assert_eq!(self.header("x-qiusuo-signature"), wire::webhook::sign(SECRET, timestamp, &self.body));
        let forged = wire::webhook::sign("other", timestamp, &self.body);
        assert_ne!(self.header("x-qiusuo-signature"), forged);
    }
}

/// Raises an alarm beside whoever runs on the directory.
fn raise(directory: &Directory) -> String {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let opened = engine::open_store(engine::Options::new(directory.data())).await.unwrap();
        let id = opened.store.add_alarm("quota", BODY, now() * 1_000).await.unwrap();
        opened.store.close().await;
        id
    })
}

/// A figure of the server's, once it is there.
pub(crate) fn figure(server: &Server, name: &str) -> Option<String> {
    let text = server.get("/metrics").text();
    text.lines().find_map(|line| Some(line.strip_prefix(name)?.strip_prefix(' ')?.to_owned()))
}

#[test]
fn an_alarm_is_sent_until_it_is_taken_and_a_kill_does_not_lose_it() {
    let hook = Hook::answering(500);
    let directory = Directory::new();
    directory.configure(&hook.configuration());
    let server = directory.serve();
    let id = raise(&directory);
    hook.next().check(&id);
    let killed = server.kill();

    // A redirect is not followed, and no 2xx either.
    hook.answer(307);
    let server = directory.serve();
    wait_for("another attempt", || figure(&server, "qiusuo_alarms_failed_total"));
    hook.answer(204);
    assert_eq!(wait_for("the delivery", || figure(&server, "qiusuo_alarms_delivered_total")), "1");
    let mut again = 0;
    while let Ok(post) = hook.posts.try_recv() {
        post.check(&id);
        again += 1;
    }
    assert!(again >= 2, "{again}");
    wait_for("no alarm to wait", || {
        figure(&server, "qiusuo_alarms_waiting").filter(|waiting| waiting == "0")
    });
    let figures = server.get("/metrics").text();
    // What is taken is not sent again: the next post is the next alarm's.
    let other = raise(&directory);
    assert_ne!(other, id);
    hook.next().check(&other);
    let stopped = server.stop().succeeded();
    assert!(stopped.stderr.contains("an alarm was not taken, it is sent again"), "{}", stopped.stderr);
    for text in [&killed.stderr, &stopped.stderr, &stopped.stdout, &figures] {
        assert!(!text.contains("hush"), "{text}");
    }
}

#[test]
fn a_receiver_that_is_not_there_stops_nobody() {
    let directory = Directory::new();
    // Nobody listens behind a listener that is gone.
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    directory.configure(&format!(
        "[alarms]\nwebhook_url = \"http://{gone}{PATH}\"\nwebhook_secret = \"{SECRET}\"\n"
    ));
    let token = directory.token("t");
    raise(&directory);
    let server = directory.serve();
    wait_for("an attempt", || figure(&server, "qiusuo_alarms_failed_total"));
    assert_eq!(server.suggest(&token, "a").json()["code"], 0);
    let stopped = server.stop().succeeded();
    assert!(stopped.stderr.contains("no answer from the server"), "{}", stopped.stderr);
    assert!(!stopped.stderr.contains("hush"), "{}", stopped.stderr);
}
