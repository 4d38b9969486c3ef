-- Schema 1. Times are nanoseconds since the epoch, sizes bytes, digests "sha256:<hex>".
-- JSON columns: a member's name is never reused with another meaning.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- ---------------------------------------------------------------- content and images

-- A file blobs/sha256/<hex> that is complete and verified.
CREATE TABLE blob (
    digest     TEXT PRIMARY KEY CHECK (digest GLOB 'sha256:[0-9a-f]*' AND length(digest) = 71),
    size       INTEGER NOT NULL CHECK (size >= 0),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An unpacked layer: the directory layers/<chain hex>/diff. Its parent lies below it.
CREATE TABLE layer (
    chain_id   TEXT PRIMARY KEY CHECK (chain_id GLOB 'sha256:[0-9a-f]*' AND length(chain_id) = 71),
    parent     TEXT REFERENCES layer (chain_id),
    diff_id    TEXT NOT NULL CHECK (diff_id GLOB 'sha256:[0-9a-f]*' AND length(diff_id) = 71),
    size       INTEGER NOT NULL CHECK (size >= 0),    -- bytes of file content in diff/
    link       TEXT NOT NULL UNIQUE,                  -- short name under l/, for mount(2) with many layers
    blob       TEXT,                                  -- digest of the compressed blob it came from, if any
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX layer_parent ON layer (parent);
CREATE INDEX layer_diff ON layer (diff_id);

CREATE TABLE image (
    id              TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 64),  -- digest of config, without algorithm
    manifest_digest TEXT NOT NULL,
    manifest_type   TEXT NOT NULL,
    manifest        TEXT NOT NULL,                    -- the document, byte for byte
    config          TEXT NOT NULL,                    -- the document, byte for byte
    top_layer       TEXT REFERENCES layer (chain_id), -- NULL: an image without layers
    size            INTEGER NOT NULL CHECK (size >= 0),
    created_at      INTEGER NOT NULL,                 -- what the config says
    pulled_at       INTEGER NOT NULL,
    used_at         INTEGER NOT NULL,
    details         TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details))
) STRICT, WITHOUT ROWID;
CREATE INDEX image_top_layer ON image (top_layer);
CREATE INDEX image_manifest ON image (manifest_digest);

-- Full references with tag ("localhost/busybox:latest") or digest ("…@sha256:…").
CREATE TABLE image_name (
    name     TEXT PRIMARY KEY,
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX image_name_image ON image_name (image_id);

-- ---------------------------------------------------------------- containers

CREATE TABLE pod (
    id         TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 64),
    config     TEXT NOT NULL CHECK (json_valid(config)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Immutable once created, but for the name.
CREATE TABLE container (
    id         TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 64),
    image_id   TEXT REFERENCES image (id),            -- NULL: made from a directory
    pod_id     TEXT REFERENCES pod (id),
    config     TEXT NOT NULL CHECK (json_valid(config)),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX container_image ON container (image_id);
CREATE INDEX container_pod ON container (pod_id);

-- One name space for containers and pods.
CREATE TABLE name (
    name         TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 255 AND name NOT GLOB '*[^a-zA-Z0-9_.-]*'
                                         AND name GLOB '[a-zA-Z0-9]*'),
    container_id TEXT UNIQUE REFERENCES container (id) ON DELETE CASCADE,
    pod_id       TEXT UNIQUE REFERENCES pod (id) ON DELETE CASCADE,
    CHECK ((container_id IS NULL) <> (pod_id IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE container_state (
    id            TEXT PRIMARY KEY REFERENCES container (id) ON DELETE CASCADE,
    state         TEXT NOT NULL CHECK (state IN ('configured', 'created', 'running', 'paused', 'stopping',
                                                 'stopped', 'removing', 'unknown')),
    pid           INTEGER NOT NULL DEFAULT 0,          -- init, with its start time: see ProcessIdentity
    pid_start     INTEGER NOT NULL DEFAULT 0,
    monitor_pid   INTEGER NOT NULL DEFAULT 0,
    monitor_start INTEGER NOT NULL DEFAULT 0,
    started_at    INTEGER NOT NULL DEFAULT 0,          -- 0: never
    finished_at   INTEGER NOT NULL DEFAULT 0,
    exit_code     INTEGER NOT NULL DEFAULT 0,
    oom_killed    INTEGER NOT NULL DEFAULT 0,
    starts        INTEGER NOT NULL DEFAULT 0,          -- how often init ran
    restarts      INTEGER NOT NULL DEFAULT 0,          -- by the restart policy, since the last start by a user
    stopped_by_user INTEGER NOT NULL DEFAULT 0,
    removal_due   INTEGER NOT NULL DEFAULT 0,          -- --rm: remove when stopped
    details       TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details))  -- error text, runtime used, cgroup …
) STRICT, WITHOUT ROWID;

-- What `container history` prints.
CREATE TABLE transition (
    seq          INTEGER PRIMARY KEY,
    container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    at           INTEGER NOT NULL,
    from_state   TEXT NOT NULL,
    to_state     TEXT NOT NULL,
    cause        TEXT NOT NULL,                        -- "create", "start", "exited 0", "repair: owner died", …
    pid          INTEGER NOT NULL,
    command      TEXT NOT NULL
) STRICT;
CREATE INDEX transition_container ON transition (container_id, seq);

-- Exit codes outlive --rm for a while, so that `wait` and `run` always learn them.
CREATE TABLE exit_record (
    container_id TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    exit_code    INTEGER NOT NULL,
    at           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX exit_record_at ON exit_record (at);

CREATE TABLE exec_session (
    id            TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 64),
    container_id  TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    config        TEXT NOT NULL CHECK (json_valid(config)),
    pid           INTEGER NOT NULL DEFAULT 0,
    pid_start     INTEGER NOT NULL DEFAULT 0,
    monitor_pid   INTEGER NOT NULL DEFAULT 0,
    monitor_start INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX exec_session_container ON exec_session (container_id);

-- ---------------------------------------------------------------- crash-only

-- A step that touches the world: committed before it begins, deleted when it is done.
CREATE TABLE intent (
    seq         INTEGER PRIMARY KEY,
    object_kind TEXT NOT NULL CHECK (object_kind IN ('container', 'exec', 'pod', 'image', 'layer', 'volume', 'network')),
    object_id   TEXT NOT NULL,
    step        TEXT NOT NULL,
    owner_boot  TEXT NOT NULL,
    owner_pid   INTEGER NOT NULL,
    owner_start INTEGER NOT NULL,
    command     TEXT NOT NULL,
    begun_at    INTEGER NOT NULL,
    data        TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(data))
) STRICT;
CREATE INDEX intent_object ON intent (object_kind, object_id);
