//! A client for both APIs.
