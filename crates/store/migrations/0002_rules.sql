-- What operators decided about suggestions. kind: 0 pin, 1 banned word, 2 banned pattern. prefix: as the operator
-- typed it. text: the pinned text, the banned word or the regular expression. position: from 1 on, 0 for bans.
-- valid_from and valid_to are in seconds.
CREATE TABLE rules (
    id BIGINT NOT NULL PRIMARY KEY,
    kind BIGINT NOT NULL,
    prefix TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL,
    position BIGINT NOT NULL,
    valid_from BIGINT,
    valid_to BIGINT,
    created_ms BIGINT NOT NULL
);

-- In changes, subject 4 is the rules. rule: the newest rule's id. live: how often live queries were written.
INSERT INTO counter (name, value) VALUES
    ('sequence.rules', 0),
    ('rule', 0),
    ('live', 0);
