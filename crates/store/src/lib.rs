//! Everything with a row: items of record, changes, applications, tokens, query log.
