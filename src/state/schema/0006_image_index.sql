-- Schema 6: image indexes (manifest lists) of the user's making.

CREATE TABLE image_index (
    id         TEXT PRIMARY KEY CHECK (id GLOB '[0-9a-f]*' AND length(id) = 64),
    created_at INTEGER NOT NULL,
    details    TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(details))  -- annotations, subject
) STRICT, WITHOUT ROWID;

-- Full references with tag, from the same name space as those of images.
CREATE TABLE image_index_name (
    name     TEXT PRIMARY KEY,
    index_id TEXT NOT NULL REFERENCES image_index (id) ON DELETE CASCADE,
    added_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX image_index_name_index ON image_index_name (index_id);

CREATE TABLE image_index_entry (
    index_id   TEXT NOT NULL REFERENCES image_index (id) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    digest     TEXT NOT NULL,                                     -- of the manifest
    descriptor TEXT NOT NULL CHECK (json_valid(descriptor)),      -- as it stands in an OCI index
    image_id   TEXT REFERENCES image (id) ON DELETE SET NULL,     -- when the image is here
    source     TEXT NOT NULL DEFAULT '',                          -- "HOST/PATH@DIGEST" when it is in a registry
    PRIMARY KEY (index_id, digest)
) STRICT, WITHOUT ROWID;
CREATE INDEX image_index_entry_image ON image_index_entry (image_id);

-- The newest owner of a name has it.
CREATE TRIGGER image_name_taken BEFORE INSERT ON image_name BEGIN
    DELETE FROM image_index_name WHERE name = NEW.name;
END;
CREATE TRIGGER image_index_name_taken BEFORE INSERT ON image_index_name BEGIN
    DELETE FROM image_name WHERE name = NEW.name;
END;
