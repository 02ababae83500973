//! Addresses on the way in: those that this server made are dropped, so that its own answers can be
//! imported again and follow the server when it moves.

use serde_json::Value;

use super::values::string;
use super::{LineError, MAX_ADDRESS_BYTES};

/// Where this server keeps files that were given to it; such an address is kept as a path.
const MEDIA: &str = "/media/";
/// Paths of pages and pictures that this server makes itself.
const GENERATED: [&str; 4] = ["/content/", "/author/", "/avatar/", "/cover/"];

/// Reads an address; `None` for an empty one and for one that this server makes itself.
pub(super) fn address(key: &str, value: Value, own_base: Option<&str>) -> Result<Option<String>, LineError> {
    let text = string(key, value)?;
    if text.len() > MAX_ADDRESS_BYTES {
        let length = text.len();
        return Err(LineError::new(
            key,
            format!("has {length} bytes; at most {MAX_ADDRESS_BYTES} are allowed"),
        ));
    }
    Ok(kept(text, own_base))
}

fn kept(text: String, own_base: Option<&str>) -> Option<String> {
    if let Some(path) = own_base.and_then(|base| path_under(&text, base)) {
        return path.starts_with(MEDIA).then(|| path.to_owned());
    }
    let dropped = text.is_empty() || GENERATED.iter().any(|prefix| text.starts_with(prefix));
    (!dropped).then_some(text)
}

/// What follows `base` in an address under it. Scheme and host are compared without case.
fn path_under<'a>(text: &'a str, base: &str) -> Option<&'a str> {
    let base = base.trim_end_matches('/');
    if base.is_empty() {
        return None;
    }
    let (head, path) = text.split_at_checked(base.len())?;
    let ends_there = path.is_empty() || path.starts_with(['/', '?', '#']);
    (ends_there && head.eq_ignore_ascii_case(base)).then_some(path)
}

/// Whether a page may link to this address: `http`, `https` or a path on this server.
///
/// Imports keep whatever address an item brings, so a page asks before it links (`javascript:`).
pub fn is_web_address(address: &str) -> bool {
    let scheme_is = |scheme: &str| {
        address.split_at_checked(scheme.len()).is_some_and(|(head, _)| head.eq_ignore_ascii_case(scheme))
    };
    let own_path = address.starts_with('/') && !address.starts_with("//");
    scheme_is("http://") || scheme_is("https://") || own_path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let found = kept(text.to_owned(), Some("https://Search.example.com/"));
        assert_eq!(found.as_deref(), expected, "{text}");
    }

    #[test]
    fn own_addresses_are_dropped() {
        check("https://search.example.com", None);
        check("https://search.example.com/content/1", None);
        check("HTTPS://SEARCH.example.com/cover/1.png", None);
        check("https://search.example.com?x", None);
        check("https://search.example.com/media/a.mp4", Some("/media/a.mp4"));
        check("/content/1#comments", None);
        check("/media/a.mp4", Some("/media/a.mp4"));
        check("", None);
    }

    #[test]
    fn other_addresses_are_kept() {
        for text in [
            "https://search.example.com.evil/media/a",
            "https://search.example.com:8443/content/1",
            "http://search.example.com/content/1",
            "https://搜索.example/",
            "/pictures/a.png",
        ] {
            check(text, Some(text));
        }
        assert_eq!(kept("http://h/content/1".to_owned(), None).as_deref(), Some("http://h/content/1"));
        assert_eq!(kept("http://h/".to_owned(), Some("")).as_deref(), Some("http://h/"));
    }

    #[test]
    fn only_web_addresses_are_linked() {
        for good in ["http://x", "HTTPS://x", "/media/x"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in ["javascript:alert(1)", "data:text/html,x", "//evil", "", "http:/x", "网址"] {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
