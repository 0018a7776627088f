-- How many accounts there are of each kind, those that were deleted left out: a list of users says its count without
-- going through them. Sixteen shards, chosen by the connection: who signs up waits for nobody.

CREATE TABLE user_totals (
    user_type   TEXT   NOT NULL,
    tier        TEXT   NOT NULL,
    is_active   BIGINT NOT NULL,
    is_verified BIGINT NOT NULL,
    shard       BIGINT NOT NULL,
    users       BIGINT NOT NULL,
    PRIMARY KEY (user_type, tier, is_active, is_verified, shard)
);
INSERT INTO user_totals SELECT user_type, tier, is_active, is_verified, 0, count(*) FROM users WHERE deleted_at IS NULL
GROUP BY user_type, tier, is_active, is_verified;

CREATE FUNCTION count_user() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- In the order of the key, or two that change places would wait for each other.
    INSERT INTO user_totals (user_type, tier, is_active, is_verified, shard, users)
    SELECT user_type, tier, is_active, is_verified, pg_backend_pid() % 16, sum(n) FROM (
        SELECT NEW.user_type, NEW.tier, NEW.is_active, NEW.is_verified, 1 WHERE NEW.deleted_at IS NULL
        UNION ALL
        SELECT OLD.user_type, OLD.tier, OLD.is_active, OLD.is_verified, -1 WHERE TG_OP = 'UPDATE' AND OLD.deleted_at IS NULL
    ) AS change (user_type, tier, is_active, is_verified, n)
    GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
    ON CONFLICT (user_type, tier, is_active, is_verified, shard) DO UPDATE SET users = user_totals.users + excluded.users;
    RETURN NULL;
END
$$;

-- At the commit, as the running totals are: their rows are locked last.
CREATE CONSTRAINT TRIGGER users_counted AFTER INSERT ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION count_user();
CREATE CONSTRAINT TRIGGER users_recounted AFTER UPDATE OF user_type, tier, is_active, is_verified, deleted_at ON users
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (OLD.user_type <> NEW.user_type OR OLD.tier <> NEW.tier OR OLD.is_active <> NEW.is_active
        OR OLD.is_verified <> NEW.is_verified OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION count_user();
