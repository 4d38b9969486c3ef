-- Schema 2: networks, who is in them, and the addresses that are handed out.

CREATE TABLE network (
    id         TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 64),
    name       TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 255 AND name NOT GLOB '*[^a-zA-Z0-9_.-]*'
                                           AND name GLOB '[a-zA-Z0-9]*'),
    bridge     TEXT UNIQUE,                            -- the link it owns on the host; NULL: none (macvlan, ipvlan, unmanaged)
    config     TEXT NOT NULL CHECK (json_valid(config)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A container's membership: until it is disconnected or removed.
CREATE TABLE attachment (
    container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    network_id   TEXT NOT NULL REFERENCES network (id),
    slot         INTEGER NOT NULL CHECK (slot BETWEEN 0 AND 35),
    config       TEXT NOT NULL CHECK (json_valid(config)),
    static_ip    TEXT,                                 -- wanted at every start
    static_ip6   TEXT,
    endpoint     TEXT CHECK (endpoint IS NULL OR json_valid(endpoint)),  -- the interface that is, or may be, there
    PRIMARY KEY (container_id, network_id),
    UNIQUE (container_id, slot)
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_network ON attachment (network_id);

CREATE TABLE lease (
    network_id   TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
    address      TEXT NOT NULL,                        -- canonical text
    container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    leased_at    INTEGER NOT NULL,
    PRIMARY KEY (network_id, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX lease_container ON lease (container_id);

-- The dynamic address that was handed out last, by subnet.
CREATE TABLE lease_cursor (
    network_id TEXT NOT NULL REFERENCES network (id) ON DELETE CASCADE,
    subnet     TEXT NOT NULL,
    address    TEXT NOT NULL,
    PRIMARY KEY (network_id, subnet)
) STRICT, WITHOUT ROWID;
