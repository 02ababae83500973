//! The use cases and the jobs: import, indexer, suggest, search, admission.
