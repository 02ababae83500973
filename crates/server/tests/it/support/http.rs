//! HTTP/1.1 by hand: exactly the bytes that a test wants to send, malformed ones too.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};

use super::DEADLINE;

/// Where requests go.
#[derive(Clone)]
pub(crate) struct Http {
    address: String,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Http {
    pub(crate) fn new(address: &str) -> Http {
        Http { address: address.to_owned() }
    }

    /// One GET; `target` is sent as it is.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.send("GET", target, &[], b"")
    }

    /// One request. `Host`, `Connection` and the body's length are added unless they are given.
    #[track_caller]
    pub(crate) fn send(&self, method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut request = format!("{method} {target} HTTP/1.1\r\n");
        let given = |wanted: &str| headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(wanted));
        let mut defaults = vec![("Connection", "close".to_owned())];
        if !given("host") {
            defaults.push(("Host", self.address.clone()));
        }
        if !body.is_empty() {
            defaults.push(("Content-Length", body.len().to_string()));
        }
        let defaults = defaults.iter().map(|(name, value)| (*name, value.as_str()));
        for (name, value) in defaults.chain(headers.iter().copied()) {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        self.raw(&[request.as_bytes(), body].concat())
    }

    /// Sends bytes and reads until the server closes. The request should say `Connection: close`.
    #[track_caller]
    pub(crate) fn raw(&self, request: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
        // A server that refuses the head need not read the rest.
        let _ = stream.write_all(request);
        let mut bytes = Vec::new();
        let ended = stream.read_to_end(&mut bytes);
        Answer::parse(&bytes)
            .unwrap_or_else(|| panic!("no answer ({ended:?}): {}", String::from_utf8_lossy(&bytes)))
    }
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Answer> {
        let head_end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..head_end]).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let header = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        };
        let headers = lines.map(header).collect::<Option<Vec<_>>>()?;
        let answer = Answer { status, headers, body: bytes[head_end + 4..].to_vec() };
        assert_ne!(answer.header("transfer-encoding"), Some("chunked"), "bodies are expected whole");
        Some(answer)
    }

    /// A header's value; the name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, keys in the order they came.
    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error} in {}: {}", self.status, self.text()))
    }
}

/// A path with a query, percent-encoded.
pub(crate) fn target(path: &str, parameters: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    format!("{path}?{}", pairs.join("&"))
}

/// Percent-encodes everything but the unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}
