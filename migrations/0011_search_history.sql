-- What people searched for: the newest of each, and how many there have been since they were last cleared.

CREATE TABLE search_groups (
    id           {id},
    user_id      BIGINT NOT NULL UNIQUE REFERENCES users (id),
    search_count BIGINT NOT NULL CHECK (search_count > 0),
    created_at   BIGINT NOT NULL,
    updated_at   BIGINT NOT NULL
);

CREATE TABLE searches (
    id            {id},
    user_id       BIGINT NOT NULL REFERENCES users (id),
    query         TEXT   NOT NULL,
    category      TEXT   NOT NULL,                                -- may be empty
    results_count BIGINT NOT NULL CHECK (results_count >= 0),
    searched_at   BIGINT NOT NULL
);
CREATE INDEX searches_by_user ON searches (user_id, id);
