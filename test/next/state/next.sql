-- What a later release may do: new columns, new tables, rows changed.
ALTER TABLE container_state ADD COLUMN next_note TEXT NOT NULL DEFAULT 'upgraded';
CREATE TABLE next_feature (container_id TEXT PRIMARY KEY REFERENCES container (id) ON DELETE CASCADE, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO next_feature SELECT id, 'upgraded' FROM container;
