//! The suggestion index: build, routes, ranking.
