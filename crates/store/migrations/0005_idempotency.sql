-- What was answered to a change of money that carries a key, so that a client may send it again after a time-out: the
-- entry and the balance after it. A key is one of its account, and is forgotten after a day.
CREATE TABLE money_keys (
    account BIGINT NOT NULL,
    key TEXT NOT NULL,
    entry BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (account, key)
);
CREATE INDEX money_keys_by_time ON money_keys (at_ms);
