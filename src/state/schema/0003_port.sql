-- Schema 3: ports of the host that lead to a running container. The packet filter is made from these rows.

CREATE TABLE port (
    protocol       TEXT NOT NULL CHECK (protocol IN ('tcp', 'udp', 'sctp')),
    host_ip        TEXT NOT NULL,                      -- canonical text; '': every address
    host_port      INTEGER NOT NULL CHECK (host_port BETWEEN 1 AND 65535),
    container_id   TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    container_port INTEGER NOT NULL CHECK (container_port BETWEEN 1 AND 65535),
    target4        TEXT,                               -- the container's addresses; NULL: none of that family
    target6        TEXT,
    PRIMARY KEY (protocol, host_ip, host_port)
) STRICT, WITHOUT ROWID;
CREATE INDEX port_container ON port (container_id);
