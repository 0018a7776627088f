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
    is_verified   BIGINT NOT NULL DEFAULT 0,          -- the address is proven to be theirs
    is_active     BIGINT NOT NULL DEFAULT 1,
    phone_number  TEXT,                               -- E.164
    profile_image TEXT,                               -- path below media
    date_of_birth TEXT,                               -- YYYY-MM-DD
    gender        TEXT   CHECK (gender IN ('MALE', 'FEMALE', 'OTHER')),
    language      TEXT   NOT NULL DEFAULT 'EN' CHECK (language IN ('EN', 'HI')),
    email_notifications BIGINT NOT NULL DEFAULT 1,
    sms_notifications   BIGINT NOT NULL DEFAULT 1,
    push_notifications  BIGINT NOT NULL DEFAULT 1,
    joined_at     BIGINT NOT NULL,
    updated_at    BIGINT NOT NULL,
    last_login_at BIGINT,
    deleted_at    BIGINT                              -- the row stays for the books, the person does not
);

-- One login on one device. Access tokens name it; a legacy token is it. Ending it cuts them off.
CREATE TABLE sessions (
    id          {id},
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

-- A link token and an OTP in somebody's mail, which prove an address: one pair at most for each account and
-- purpose. Asked for by an address that nobody has, it has no user and no mail, but behaves like the others.
CREATE TABLE account_proofs (
    id              {id},
    account_key     TEXT   NOT NULL,                  -- as in login_guards
    purpose         TEXT   NOT NULL CHECK (purpose IN ('verification', 'password_reset')),
    user_id         BIGINT REFERENCES users (id),
    request         TEXT   NOT NULL,                  -- who asked again made the earlier mail worthless
    token_hash      TEXT   UNIQUE,                    -- SHA-256; null until the mail is made
    otp_hash        TEXT,                             -- HMAC: six digits would be found by trying
    otp_attempts    BIGINT NOT NULL DEFAULT 0,
    otp_expires_at  BIGINT,
    expires_at      BIGINT NOT NULL,
    UNIQUE (account_key, purpose)
);
CREATE INDEX account_proofs_by_expiry ON account_proofs (expires_at);
