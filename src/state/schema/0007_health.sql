-- The results of a running container's health check; absent: it has none, or was never started since it has one.
CREATE TABLE health (
    container_id      TEXT PRIMARY KEY REFERENCES container (id) ON DELETE CASCADE,
    status            TEXT NOT NULL CHECK (status IN ('starting', 'healthy', 'unhealthy')),
    failing_streak    INTEGER NOT NULL DEFAULT 0,
    startup_passed    INTEGER NOT NULL DEFAULT 0,      -- the startup check, or there is none
    startup_successes INTEGER NOT NULL DEFAULT 0,
    startup_failures  INTEGER NOT NULL DEFAULT 0,
    log               TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(log))  -- the last results, oldest first
) STRICT, WITHOUT ROWID;
