//! The binary: configuration, command line, HTTP, pages.
