//! The lines of a request's body, as they arrive.

use std::{future::poll_fn, pin::Pin, time::Duration};

use axum::{
    body::{Body, Bytes, HttpBody as _},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_ENCODING, CONTENT_LENGTH},
    },
};
use wire::import::{LineError, MAX_LINE_BYTES};

use crate::{
    http::operators::Problem,
    items::{BATCH_BYTES, BATCH_LINES, ReadLine},
};

/// The longest body, in bytes.
pub(super) const BODY_BYTES: u64 = 64 << 20;
/// The most lines of a body.
pub(super) const LINES: u64 = 10_000;
/// How long a client may be silent within a body.
const SILENCE: Duration = Duration::from_secs(30);

/// Reads a body line by line.
pub(super) struct BodyLines {
    body: Body,
    splitter: Splitter,
    bytes: u64,
    ended: bool,
    /// Lines given out so far, empty ones not counted.
    given: u64,
}

impl BodyLines {
    /// Begins with a body. What says beforehand that it is too long is refused before anything is read of it.
    pub(super) fn new(headers: &HeaderMap, body: Body) -> Result<BodyLines, Problem> {
        check_encoding(headers)?;
        let declared = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
        if declared.is_some_and(|length: u64| length > BODY_BYTES) {
            return Err(too_long(0));
        }
        Ok(BodyLines { body, splitter: Splitter::default(), bytes: 0, ended: false, given: 0 })
    }

    /// The next lines, enough for one transaction; `None` at the end.
    pub(super) async fn next_batch(&mut self) -> Result<Option<Vec<ReadLine>>, Problem> {
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while batch.len() < BATCH_LINES && bytes < BATCH_BYTES {
            let Some(line) = self.next_line().await? else { break };
            if line.text.as_ref().is_ok_and(|text| text.trim().is_empty()) {
                continue;
            }
            if self.given == LINES {
                return Err(too_many());
            }
            self.given += 1;
            bytes += line.text.as_ref().map_or(0, String::len);
            batch.push(line);
        }
        Ok(Some(batch).filter(|batch| !batch.is_empty()))
    }

    async fn next_line(&mut self) -> Result<Option<ReadLine>, Problem> {
        loop {
            if let Some(line) = self.splitter.next_line(self.ended) {
                return Ok(Some(line));
            }
            if self.ended {
                return Ok(None);
            }
            match self.next_chunk().await? {
                Some(chunk) => self.splitter.feed(chunk),
                None => self.ended = true,
            }
        }
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, Problem> {
        let frame = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context));
        let frame = tokio::time::timeout(SILENCE, frame).await.map_err(|_| silent(self.given))?;
        let Some(frame) = frame else { return Ok(None) };
        let frame = frame.map_err(|_| broken_off(self.given))?;
        // Trailers say nothing here.
        let chunk = frame.into_data().unwrap_or_default();
        self.bytes += chunk.len() as u64;
        if self.bytes > BODY_BYTES { Err(too_long(self.given)) } else { Ok(Some(chunk)) }
    }
}

/// The whole of a small body as text.
pub(in crate::http) async fn text(
    headers: &HeaderMap,
    body: Body,
    most_bytes: usize,
) -> Result<String, Problem> {
    check_encoding(headers)?;
    let read = tokio::time::timeout(SILENCE, axum::body::to_bytes(body, most_bytes)).await;
    let bytes = read.map_err(|_| silent(0))?.map_err(|_| {
        let detail = format!("the body must be one JSON object of at most {most_bytes} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", detail)
    })?;
    String::from_utf8(bytes.into()).map_err(|_| Problem::bad_request("the body must be JSON in UTF-8"))
}

fn check_encoding(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(CONTENT_ENCODING) {
        None => Ok(()),
        Some(encoding) if encoding.as_bytes().eq_ignore_ascii_case(b"identity") => Ok(()),
        Some(_) => {
            let detail = "the body must not be compressed; `qiusuo import` reads compressed files";
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Unsupported encoding", detail))
        }
    }
}

/// What is in already need not be sent again, but may be.
fn stored(given: u64) -> String {
    match given {
        0 => "nothing of it was stored".to_owned(),
        given => format!("up to {given} lines of it were stored; sending them again changes nothing"),
    }
}

fn too_long(given: u64) -> Problem {
    let detail = format!(
        "a body may have at most {BODY_BYTES} bytes; send it in several requests ({})",
        stored(given)
    );
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Too large", detail)
}

fn too_many() -> Problem {
    let detail =
        format!("a body may have at most {LINES} lines; send it in several requests ({})", stored(LINES));
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "Too many lines", detail)
}

fn silent(given: u64) -> Problem {
    let detail = format!(
        "nothing of the body came for {} seconds; send it again ({})",
        SILENCE.as_secs(),
        stored(given)
    );
    Problem::new(StatusCode::REQUEST_TIMEOUT, "Too slow", detail)
}

fn broken_off(given: u64) -> Problem {
    Problem::bad_request(format!("the body broke off; send it again ({})", stored(given)))
}

/// Cuts chunks into lines.
#[derive(Default)]
struct Splitter {
    chunk: Bytes,
    /// The beginning of a line whose end has not come.
    line: Vec<u8>,
    too_long: bool,
    number: u64,
}

impl Splitter {
    /// Takes the next chunk; the one before must be used up.
    fn feed(&mut self, chunk: Bytes) {
        self.chunk = chunk;
    }

    /// The next whole line; with `ended` also a last one without an end.
    fn next_line(&mut self, ended: bool) -> Option<ReadLine> {
        let end = self.chunk.iter().position(|byte| *byte == b'\n');
        let taken = self.chunk.split_to(end.unwrap_or(self.chunk.len()));
        self.too_long |= self.line.len() + taken.len() > MAX_LINE_BYTES;
        if !self.too_long {
            self.line.extend_from_slice(&taken);
        }
        if end.is_some() {
            let _ = self.chunk.split_to(1);
        } else if !ended || (self.line.is_empty() && !self.too_long) {
            return None;
        }
        self.number += 1;
        let line = std::mem::take(&mut self.line);
        let text = if std::mem::take(&mut self.too_long) {
            Err(LineError::new("line", format!("is longer than {MAX_LINE_BYTES} bytes")))
        } else {
            String::from_utf8(line).map_err(|error| {
                LineError::new("line", format!("is not UTF-8 (byte {})", error.utf8_error().valid_up_to()))
            })
        };
        Some(ReadLine { number: self.number, text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(chunks: &[&[u8]]) -> Vec<(u64, String)> {
        let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
        let mut take = |splitter: &mut Splitter, ended| {
            while let Some(line) = splitter.next_line(ended) {
                lines.push((line.number, line.text.unwrap_or_else(|error| error.to_string())));
            }
        };
        for chunk in chunks {
            splitter.feed(Bytes::copy_from_slice(chunk));
            take(&mut splitter, false);
        }
        take(&mut splitter, true);
        lines
    }

    fn check(chunks: &[&[u8]], expected: &[(u64, &str)]) {
        let found = split(chunks);
        assert_eq!(found.iter().map(|(number, text)| (*number, text.as_str())).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_of_every_form() {
        check(&[], &[]);
        check(&[b"a\nb"], &[(1, "a"), (2, "b")]);
        check(&[b"a\n", b"\n", b"b\n"], &[(1, "a"), (2, ""), (3, "b")]);
        check(&[b"a", b"b", b"", b"c\nd"], &[(1, "abc"), (2, "d")]);
        check(&["一".as_bytes().split_at(1).0, "一".as_bytes().split_at(1).1], &[(1, "一")]);
        check(&[b"a\n\xff\nb"], &[(1, "a"), (2, "line is not UTF-8 (byte 0)"), (3, "b")]);
        let long = vec![b'x'; MAX_LINE_BYTES];
        let found = split(&[&long, b"x\nnext\n", &long, b"\n", &long, b"x"]);
        assert!(found[0].1.contains("is longer than") && found[3].1.contains("is longer than"));
        assert_eq!((found[1].1.as_str(), found[2].1.len(), found.len()), ("next", MAX_LINE_BYTES, 4));
    }
}
