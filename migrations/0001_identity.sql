-- People, their sessions, and what guards their logins. Times are seconds since 1970 UTC, flags 0 or 1.

CREATE TABLE users (
    id            {id},
    username      TEXT   NOT NULL,
    username_key  TEXT   NOT NULL UNIQUE,             -- lower case: names differ by more than case
    email         TEXT   NOT NULL,
    email_key     TEXT   NOT NULL UNIQUE,
    password_hash TEXT   NOT NULL,                    -- Argon2id, in its own encoded form
    first_name    TEXT   NOT NULL DEFAULT '',
    last_name     TEXT   NOT NULL DEFAULT '',
    user_type     TEXT   NOT NULL CHECK (user_type IN ('customer', 'admin')),
    tier          TEXT   NOT NULL DEFAULT 'standard' CHECK (tier IN ('standard', 'premium')),
    is_verified   BIGINT NOT NULL DEFAULT 0,
    is_active     BIGINT NOT NULL DEFAULT 1,
    joined_at     BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL
);

-- One login on one device. Access tokens name it; ending it cuts them off.
CREATE TABLE sessions (
    id          {id},
    user_id     BIGINT NOT NULL REFERENCES users (id),
    surface     TEXT   NOT NULL CHECK (surface IN ('shop', 'customer')),
    created_at  BIGINT NOT NULL,
    expires_at  BIGINT NOT NULL,                      -- with its last refresh token
    ended_at    BIGINT,
    end_reason  TEXT                                  -- logout, password_change, theft, deactivation …
);
CREATE INDEX sessions_by_user ON sessions (user_id) WHERE ended_at IS NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Every refresh token ever made, until it expires: a used one must be known as used.
CREATE TABLE refresh_tokens (
    jti         TEXT   NOT NULL PRIMARY KEY,
    session_id  BIGINT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_at  BIGINT NOT NULL,
    rotated_at  BIGINT
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Failed logins in a row. Unknown accounts have rows too, so that they answer like known ones.
CREATE TABLE login_guards (
    account_key   TEXT   NOT NULL PRIMARY KEY,        -- user:ID, or a hash of an unknown name
    failures      BIGINT NOT NULL,
    locked_until  BIGINT,
    updated_at    BIGINT NOT NULL
);
CREATE INDEX login_guards_by_age ON login_guards (updated_at);
