-- Who pays, how often, how much. Money is in 1/10000 CNY, days are days since 1970 in Asia/Shanghai, minutes are Unix
-- minutes. An API is 0 (suggest) or 1 (search). In changes, subject 6 is an account.

INSERT INTO counter (name, value) VALUES
    ('sequence.account', 0), ('account', 0), ('caller', 0), ('ledger', 0), ('lease', 0), ('audit', 0);

-- balance and held are the sums of the account's ledger entries, kept so that nobody has to add them up.
CREATE TABLE accounts (
    id BIGINT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    balance BIGINT NOT NULL,
    held BIGINT NOT NULL,
    low_balance BIGINT,
    alarmed BIGINT NOT NULL,
    created_ms BIGINT NOT NULL
);

-- A caller is an API token or an application, by a number of its own.
ALTER TABLE api_tokens ADD COLUMN caller BIGINT NOT NULL DEFAULT 0;
ALTER TABLE api_tokens ADD COLUMN account BIGINT;
ALTER TABLE api_tokens ADD COLUMN previous_hash BYTEA;
ALTER TABLE api_tokens ADD COLUMN previous_until_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN caller BIGINT NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN account BIGINT;
ALTER TABLE applications ADD COLUMN previous_key BYTEA;
ALTER TABLE applications ADD COLUMN previous_until_ms BIGINT NOT NULL DEFAULT 0;
UPDATE applications SET caller = (SELECT COUNT(*) FROM applications AS other WHERE other.id <= applications.id);
UPDATE api_tokens SET caller = (SELECT COUNT(*) FROM applications)
    + (SELECT COUNT(*) FROM api_tokens AS other WHERE other.id <= api_tokens.id);
UPDATE counter SET value = (SELECT COUNT(*) FROM applications) + (SELECT COUNT(*) FROM api_tokens)
    WHERE name = 'caller';
CREATE UNIQUE INDEX applications_by_caller ON applications (caller);
CREATE UNIQUE INDEX api_tokens_by_caller ON api_tokens (caller);

-- NULL: the default of the configuration. -1 in rate_calls, quota or cap: no limit, whatever the default.
CREATE TABLE limits (
    caller BIGINT NOT NULL,
    api BIGINT NOT NULL,
    allowed BIGINT,
    rate_calls BIGINT,
    rate_period_ms BIGINT,
    burst BIGINT,
    quota BIGINT,
    cap BIGINT,
    price BIGINT,
    PRIMARY KEY (caller, api)
);

-- Append-only. An account's balance is the sum of amount, what its leases hold is the sum of held.
CREATE TABLE ledger (
    id BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    kind TEXT NOT NULL,
    account BIGINT,
    caller BIGINT,
    api BIGINT,
    day BIGINT,
    minute BIGINT,
    lease BIGINT,
    calls BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    held BIGINT NOT NULL,
    reverses BIGINT UNIQUE,
    who TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX ledger_by_account ON ledger (account, id);
CREATE INDEX ledger_by_caller ON ledger (caller, api, day);

-- What a node may spend without asking: granted calls at a price, of which settled ones are in the ledger.
CREATE TABLE leases (
    id BIGINT NOT NULL PRIMARY KEY,
    node TEXT NOT NULL,
    caller BIGINT NOT NULL,
    api BIGINT NOT NULL,
    day BIGINT NOT NULL,
    account BIGINT,
    price BIGINT NOT NULL,
    granted BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    slot BIGINT NOT NULL,
    seal BIGINT NOT NULL,
    settled_ms BIGINT NOT NULL
);

-- Calls of a day: those in the ledger, and those that leases hold.
CREATE TABLE day_use (
    caller BIGINT NOT NULL,
    api BIGINT NOT NULL,
    day BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    held BIGINT NOT NULL,
    alarmed BIGINT NOT NULL,
    PRIMARY KEY (caller, api, day)
);

-- Money that a caller ever spent: that in the ledger, and that which leases hold.
CREATE TABLE spending (
    caller BIGINT NOT NULL,
    api BIGINT NOT NULL,
    settled BIGINT NOT NULL,
    held BIGINT NOT NULL,
    PRIMARY KEY (caller, api)
);

CREATE TABLE usage_minutes (
    caller BIGINT NOT NULL,
    api BIGINT NOT NULL,
    minute BIGINT NOT NULL,
    code BIGINT NOT NULL,
    calls BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    PRIMARY KEY (caller, api, minute, code)
);

-- Who changed what, when, with what it was before and after as JSON without secrets.
CREATE TABLE audit (
    id BIGINT NOT NULL PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT,
    after TEXT
);

-- Alarms that are to be delivered to the webhook, in their order.
CREATE TABLE alarms (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    body TEXT NOT NULL,
    made_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    next_ms BIGINT NOT NULL,
    delivered_ms BIGINT,
    problem TEXT NOT NULL
);
