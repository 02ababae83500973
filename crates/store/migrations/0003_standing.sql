-- In changes, subject 5 is an item's standing: its counters, or whether it is online, changed without the item.
INSERT INTO counter (name, value) VALUES ('sequence.standing', 0);

-- What suggestions were made from of items that were deleted, for as long as their changes are kept.
CREATE TABLE gone_items (
    item BIGINT NOT NULL PRIMARY KEY,
    last_title TEXT NOT NULL,
    last_tags TEXT NOT NULL,
    gone_at BIGINT NOT NULL
);
