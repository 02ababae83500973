//! One request as one line of JSON.

use std::cell::RefCell;

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
/// Prints a moment without the fraction of its second.
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(0));

/// A second as it is written, `2026-01-01T00:00:00`: thousands of lines share it.
struct Second {
    number: i64,
    text: String,
}

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

fn write(line: &mut Vec<u8>, entry: &Entry<'_>) {
    line.extend_from_slice(b"{\"time\":\"");
    write_time(line, entry.time_ms);
    line.extend_from_slice(b"\",\"method\":");
    write_text(line, cut(entry.method, MOST_METHOD_BYTES));
    line.extend_from_slice(b",\"path\":");
    write_text(line, cut(entry.path, MOST_PATH_BYTES));
    if let Some(code) = entry.code {
        line.extend_from_slice(b",\"code\":");
        write_number(line, code);
    }
    line.extend_from_slice(b",\"status\":");
    write_number(line, entry.status);
    line.extend_from_slice(b",\"duration_us\":");
    write_number(line, entry.duration_us);
    if let Some(characters) = entry.keyword_chars {
        line.extend_from_slice(b",\"keyword_chars\":");
        write_number(line, characters);
    }
    line.extend_from_slice(b",\"bytes\":");
    write_number(line, entry.bytes);
    line.extend_from_slice(b"}\n");
}

fn write_time(line: &mut Vec<u8>, time_ms: i64) {
    thread_local! {
        static SECOND: RefCell<Second> = const { RefCell::new(Second { number: i64::MIN, text: String::new() }) };
    }
    let (number, milliseconds) = (time_ms.div_euclid(1_000), time_ms.rem_euclid(1_000));
    SECOND.with_borrow_mut(|second| {
        if second.number != number || second.text.is_empty() {
            *second = Second { number, text: shown_second(number) };
        }
        line.extend_from_slice(second.text.as_bytes());
    });
    // A remainder of a thousand has three digits at most.
    let digit = |place: i64| b'0' + (milliseconds / place % 10) as u8;
    line.extend_from_slice(&[b'.', digit(100), digit(10), digit(1), b'Z']);
}

/// The second in UTC, without the letter that says so.
fn shown_second(number: i64) -> String {
    // A clock outside the years 1 to 9999 is shown as their end rather than not at all.
    let end = if number < 0 { Timestamp::MIN } else { Timestamp::MAX };
    let mut text = PRINTER.timestamp_to_string(&Timestamp::from_second(number).unwrap_or(end));
    text.pop();
    text
}

/// A whole number. What is negative is written with its sign.
fn write_number(line: &mut Vec<u8>, number: impl itoa::Integer) {
    line.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
}

/// A JSON string. What comes from a request is escaped; control characters cannot break a line.
fn write_text(line: &mut Vec<u8>, text: &str) {
    let is_plain = |byte: u8| (0x20..0x7f).contains(&byte) && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        line.push(b'"');
        line.extend_from_slice(text.as_bytes());
        line.push(b'"');
        return;
    }
    // Writing a text to a Vec cannot fail.
    let _ = serde_json::to_writer(&mut *line, text);
}

/// The longest beginning of `text` that has at most `most` bytes and whole characters.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}
