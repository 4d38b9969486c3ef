-- Volumes and secrets.

-- A volume is the directory ROOT/volumes/<name>; containers see its _data.
CREATE TABLE volume (
    name        TEXT PRIMARY KEY CHECK (length(name) BETWEEN 1 AND 255 AND name NOT GLOB '*[^a-zA-Z0-9_.-]*'
                                        AND name GLOB '[a-zA-Z0-9]*'),
    driver      TEXT NOT NULL CHECK (driver IN ('local', 'image')),
    image_id    TEXT REFERENCES image (id),           -- driver image: what it shows
    anonymous   INTEGER NOT NULL DEFAULT 0,           -- goes with its container (rm --volumes, --rm)
    mounted     INTEGER NOT NULL DEFAULT 0,           -- _data is a mount while it is used (type, device, driver image)
    config      TEXT NOT NULL CHECK (json_valid(config)),  -- labels, options, owner, limits
    created_at  INTEGER NOT NULL,
    used_at     INTEGER NOT NULL,                     -- the last start of a container with it, to the hour
    copy_state  INTEGER NOT NULL DEFAULT 0,           -- of the image's content: 0 due when empty, 1 begun, 2 over
    owner_due   INTEGER NOT NULL DEFAULT 1,           -- the first container gives _data its owner and mode
    mount_count INTEGER NOT NULL DEFAULT 0            -- volume mount
) STRICT, WITHOUT ROWID;
CREATE INDEX volume_image ON volume (image_id);

CREATE TABLE volume_use (
    container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    volume       TEXT NOT NULL REFERENCES volume (name),
    PRIMARY KEY (container_id, volume)
) STRICT, WITHOUT ROWID;
CREATE INDEX volume_use_volume ON volume_use (volume);

-- --mount type=image: the image that the reference meant when the container was created.
CREATE TABLE image_mount (
    container_id TEXT NOT NULL REFERENCES container (id) ON DELETE CASCADE,
    destination  TEXT NOT NULL,
    image_id     TEXT NOT NULL REFERENCES image (id),
    PRIMARY KEY (container_id, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_mount_image ON image_mount (image_id);

-- The content of a secret is the driver's.
CREATE TABLE secret (
    id         TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 25),
    name       TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 253),
    driver     TEXT NOT NULL CHECK (driver IN ('file', 'pass', 'shell')),
    config     TEXT NOT NULL CHECK (json_valid(config)),  -- labels, options of the driver
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    stored     INTEGER NOT NULL DEFAULT 0             -- 0: the driver was still at work, or is taking it away
) STRICT, WITHOUT ROWID;
