-- A session's number is never used again: PostgreSQL's identity columns see to that by themselves.

COMMENT ON COLUMN sessions.id IS 'never used again';
