//! One request as one line of JSON.

use std::cell::RefCell;
use std::io::Write as _;

use jiff::Timestamp;
use jiff::fmt::temporal::DateTimePrinter;

/// What the access log says about one request.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// When the request came, Unix milliseconds.
    pub time_ms: i64,
    /// HTTP method.
    pub method: &'a str,
    /// The path alone, never the query; cut to 256 bytes.
    pub path: &'a str,
    /// The code of the answer in its own dialect, where it has one.
    pub code: Option<i64>,
    /// HTTP status.
    pub status: u16,
    /// From the first byte read to the answer's head, microseconds.
    pub duration_us: u64,
    /// How many characters the keyword has, where there is one.
    pub keyword_chars: Option<u32>,
    /// Bytes of the answer's body.
    pub bytes: u64,
}

const MOST_PATH_BYTES: usize = 256;
const MOST_METHOD_BYTES: usize = 16;
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// Hands the entry's line to `take`. The line stands in a buffer of the thread, so nothing is allocated.
pub(super) fn with_line(entry: &Entry<'_>, take: impl FnOnce(&[u8])) {
    thread_local! {
        static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    }
    LINE.with_borrow_mut(|line| {
        line.clear();
        write(line, entry);
        take(line);
    });
}

// Writing to a Vec cannot fail, so the results of `write!` below carry nothing.
fn write(line: &mut Vec<u8>, entry: &Entry<'_>) {
    line.extend_from_slice(b"{\"time\":\"");
    write_time(line, entry.time_ms);
    line.extend_from_slice(b"\",\"method\":");
    write_text(line, cut(entry.method, MOST_METHOD_BYTES));
    line.extend_from_slice(b",\"path\":");
    write_text(line, cut(entry.path, MOST_PATH_BYTES));
    if let Some(code) = entry.code {
        let _ = write!(line, ",\"code\":{code}");
    }
    let _ = write!(line, ",\"status\":{},\"duration_us\":{}", entry.status, entry.duration_us);
    if let Some(characters) = entry.keyword_chars {
        let _ = write!(line, ",\"keyword_chars\":{characters}");
    }
    let _ = writeln!(line, ",\"bytes\":{}}}", entry.bytes);
}

fn write_time(line: &mut Vec<u8>, time_ms: i64) {
    // A clock outside the years 1 to 9999 is shown as their end rather than not at all.
    let end = if time_ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let time = Timestamp::from_millisecond(time_ms).unwrap_or(end);
    let _ = PRINTER.print_timestamp(&time, jiff::fmt::StdIoWrite(line));
}

/// A JSON string. What comes from a request is escaped; control characters cannot break a line.
fn write_text(line: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(&mut *line, text);
}

/// The longest beginning of `text` that has at most `most` bytes and whole characters.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
