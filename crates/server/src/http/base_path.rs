//! Whose dialect a path is refused in.

/// Whether `path` is `prefix` or lies below it.
pub(super) fn is_under(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_at_a_slash() {
        assert!(is_under("/api", "/api") && is_under("/api/", "/api") && is_under("/api/x/y", "/api"));
        assert!(!is_under("/apix", "/api") && !is_under("/", "/api"));
    }
}
