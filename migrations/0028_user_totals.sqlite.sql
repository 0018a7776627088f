-- How many accounts there are of each kind, those that were deleted left out: a list of users says its count without
-- going through them. One shard: there is one writer.

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

CREATE TRIGGER users_counted AFTER INSERT ON users WHEN NEW.deleted_at IS NULL
BEGIN
    INSERT INTO user_totals (user_type, tier, is_active, is_verified, shard, users)
    VALUES (NEW.user_type, NEW.tier, NEW.is_active, NEW.is_verified, 0, 1)
    ON CONFLICT (user_type, tier, is_active, is_verified, shard) DO UPDATE SET users = user_totals.users + 1;
END;

CREATE TRIGGER users_recounted AFTER UPDATE OF user_type, tier, is_active, is_verified, deleted_at ON users
WHEN OLD.user_type <> NEW.user_type OR OLD.tier <> NEW.tier OR OLD.is_active <> NEW.is_active
    OR OLD.is_verified <> NEW.is_verified OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL)
BEGIN
    UPDATE user_totals SET users = users - 1
    WHERE OLD.deleted_at IS NULL AND user_type = OLD.user_type AND tier = OLD.tier AND is_active = OLD.is_active
        AND is_verified = OLD.is_verified AND shard = 0;
    INSERT INTO user_totals (user_type, tier, is_active, is_verified, shard, users)
    SELECT NEW.user_type, NEW.tier, NEW.is_active, NEW.is_verified, 0, 1 WHERE NEW.deleted_at IS NULL
    ON CONFLICT (user_type, tier, is_active, is_verified, shard) DO UPDATE SET users = user_totals.users + 1;
END;
