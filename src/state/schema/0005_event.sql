-- What `events` shows: a ring of 10,000 rows (src/state/event.cpp). The newest row is never deleted, so seq only grows.
CREATE TABLE event (
    seq        INTEGER PRIMARY KEY,
    at         INTEGER NOT NULL,
    type       TEXT NOT NULL CHECK (type IN ('container', 'image', 'network', 'pod', 'secret', 'system', 'volume')),
    action     TEXT NOT NULL,                          -- "create", "died", "pull", …
    actor_id   TEXT NOT NULL,                          -- full ID; a volume's name
    name       TEXT NOT NULL,
    pid        INTEGER NOT NULL,                       -- of the process that recorded it, and mirrors it
    attributes TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(attributes))
) STRICT;
