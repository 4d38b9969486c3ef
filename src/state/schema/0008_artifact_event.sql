-- Events of artifacts. SQLite cannot change a CHECK, so the ring moves to a new table; its numbers stay.
CREATE TABLE event_of_all (
    seq        INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    type       TEXT NOT NULL CHECK (type IN ('artifact', 'container', 'image', 'network', 'pod', 'secret', 'system', 'volume')),
    action     TEXT NOT NULL,                          -- "create", "died", "pull", …
    actor_id   TEXT NOT NULL,                          -- full ID; a volume's name; the digest of an artifact's manifest, without algorithm
    name       TEXT NOT NULL,
    pid        INTEGER NOT NULL,                       -- of the process that recorded it, and mirrors it
    attributes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes))
) STRICT;
INSERT INTO event_of_all SELECT * FROM event;
DROP TABLE event;
ALTER TABLE event_of_all RENAME TO event;
