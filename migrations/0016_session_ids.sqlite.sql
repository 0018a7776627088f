-- A session's number is never used again: access tokens name it, and outlive the row of an account that is deleted.
-- Without AUTOINCREMENT SQLite gives the number of a row that is gone to the next one. The refresh tokens move along,
-- for dropping a table deletes what refers to it.

CREATE TABLE sessions_numbered (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id     BIGINT NOT NULL REFERENCES users (id),
    surface     TEXT   NOT NULL CHECK (surface IN ('shop', 'customer')),
    kind        TEXT   NOT NULL CHECK (kind IN ('jwt', 'legacy')),
    public_key  TEXT   NOT NULL UNIQUE,               -- what its user calls it
    token_hash  TEXT   UNIQUE,                        -- SHA-256 of a legacy token
    device_type TEXT   NOT NULL CHECK (device_type IN ('ANDROID', 'WEB', 'IOS', 'API')),
    device_id   TEXT,
    ip_address  TEXT   NOT NULL,
    user_agent  TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,                   -- written at most once a minute
    expires_at  BIGINT NOT NULL,                      -- with its last refresh token
    ended_at    BIGINT,
    end_reason  TEXT                                  -- logout, password_change, theft, deactivation …
);
INSERT INTO sessions_numbered SELECT id, user_id, surface, kind, public_key, token_hash, device_type, device_id,
    ip_address, user_agent, created_at, last_active_at, expires_at, ended_at, end_reason FROM sessions;

CREATE TABLE refresh_tokens_moved (
    jti         TEXT   NOT NULL PRIMARY KEY,
    session_id  BIGINT NOT NULL REFERENCES sessions_numbered (id) ON DELETE CASCADE,
    expires_at  BIGINT NOT NULL,
    rotated_at  BIGINT
);
INSERT INTO refresh_tokens_moved SELECT jti, session_id, expires_at, rotated_at FROM refresh_tokens;

DROP TABLE refresh_tokens;
DROP TABLE sessions;
ALTER TABLE sessions_numbered RENAME TO sessions;
ALTER TABLE refresh_tokens_moved RENAME TO refresh_tokens;
CREATE INDEX sessions_by_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
