-- Only TEXT, BIGINT, DOUBLE PRECISION and BYTEA, so that SQLite and PostgreSQL read the same file.
-- Flags are BIGINT 0/1. Times are milliseconds unless the name or a comment says otherwise.

-- Numbers that grow: the change sequence, its newest value per subject, and how many items there are.
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES
    ('sequence', 0),
    ('sequence.item', 0),
    ('sequence.registry', 0),
    ('sequence.queries', 0),
    ('sequence.entries', 0),
    ('pruned', 0),
    ('application', 0),
    ('items.online', 0),
    ('items.offline', 0);

-- What has changed, in commit order. subject: 0 item (key: its group_id), 1 registry, 2 query log, 3 entries.
CREATE TABLE changes (
    sequence BIGINT NOT NULL PRIMARY KEY,
    subject BIGINT NOT NULL,
    key BIGINT NOT NULL
);

-- How far each consumer of the changes has come.
CREATE TABLE applied (
    consumer TEXT NOT NULL PRIMARY KEY,
    sequence BIGINT NOT NULL
);

-- Items of record. publish_time is in seconds. The long columns stand last, so that the others are read without them.
CREATE TABLE items (
    group_id BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,
    online BIGINT NOT NULL,
    user_id BIGINT,
    publish_time BIGINT NOT NULL,
    read_count BIGINT NOT NULL,
    comment_count BIGINT NOT NULL,
    digg_count BIGINT NOT NULL,
    share_count BIGINT NOT NULL,
    watch_count BIGINT NOT NULL,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    tags TEXT NOT NULL,
    abstract TEXT NOT NULL,
    answer BYTEA NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX items_of_author ON items (user_id, publish_time) WHERE user_id IS NOT NULL;

-- How often a query was asked. hour: hours since 1970. live: 1 asked here, 0 imported.
CREATE TABLE query_log (
    key TEXT NOT NULL,
    surface TEXT NOT NULL,
    hour BIGINT NOT NULL,
    live BIGINT NOT NULL,
    count BIGINT NOT NULL,
    results_seen BIGINT NOT NULL,
    clicks BIGINT NOT NULL,
    PRIMARY KEY (key, surface, hour, live)
);

-- Who asked it here: keyed hashes, to count distinct users.
CREATE TABLE query_user (
    key TEXT NOT NULL,
    user_hash BIGINT NOT NULL,
    PRIMARY KEY (key, user_hash)
);

-- How far an import of counts has come, by the SHA-256 of its file.
CREATE TABLE import_progress (
    sha256 TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    next_line BIGINT NOT NULL,
    finished BIGINT NOT NULL,
    accepted BIGINT NOT NULL,
    updated BIGINT NOT NULL,
    rejected BIGINT NOT NULL
);

-- Suggestions that an operator brought. Times in seconds.
CREATE TABLE entries (
    key TEXT NOT NULL,
    class BIGINT NOT NULL,
    text TEXT NOT NULL,
    weight BIGINT NOT NULL,
    valid_from BIGINT,
    valid_to BIGINT,
    extra BYTEA NOT NULL,
    PRIMARY KEY (key, class)
);

-- Callers of content search. secure_key is encrypted. not_before is in seconds.
CREATE TABLE applications (
    id BIGINT NOT NULL PRIMARY KEY,
    partner TEXT NOT NULL UNIQUE,
    secure_key BYTEA NOT NULL,
    enabled BIGINT NOT NULL,
    refuse_repeated_nonce BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- Callers of the suggestions.
CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    prefix TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    enabled BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- People who run the server.
CREATE TABLE operators (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    prefix TEXT NOT NULL,
    hash BYTEA NOT NULL UNIQUE,
    enabled BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- End users of the applications. not_before is in seconds.
CREATE TABLE users (
    application BIGINT NOT NULL,
    user_id BIGINT NOT NULL,
    first_seen_ms BIGINT NOT NULL,
    last_seen_ms BIGINT NOT NULL,
    ouid TEXT,
    age BIGINT,
    gender TEXT,
    birth BIGINT,
    not_before BIGINT NOT NULL,
    PRIMARY KEY (application, user_id)
);

-- Single values by name.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
