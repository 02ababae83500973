//! A server that answers one request with fixed bytes and hands over what it was asked.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use wire::query::Parameters;

pub(crate) struct Stub {
    pub(crate) base: String,
    asked: JoinHandle<String>,
}

/// What was asked.
pub(crate) struct Asked {
    pub(crate) path: String,
    parameters: Parameters,
}

impl Asked {
    pub(crate) fn get(&self, name: &str) -> &str {
        self.parameters.get(name).unwrap_or_else(|| panic!("{name} was not sent"))
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.parameters.get(name).is_some()
    }
}

impl Stub {
    pub(crate) async fn new(status: &str, body: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        let asked = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.windows(4).any(|window| window == b"\r\n\r\n") {
                assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0, "the request broke off");
            }
            stream.write_all(answer.as_bytes()).await.unwrap();
            let request = String::from_utf8(request).unwrap();
            let line = request.lines().next().unwrap();
            line.strip_prefix("GET ").unwrap().strip_suffix(" HTTP/1.1").unwrap().to_owned()
        });
        Self { base, asked }
    }

    pub(crate) async fn asked(self) -> Asked {
        let target = self.asked.await.unwrap();
        let (path, query) = target.split_once('?').unwrap();
        Asked { path: path.to_owned(), parameters: Parameters::parse(query).unwrap() }
    }
}
