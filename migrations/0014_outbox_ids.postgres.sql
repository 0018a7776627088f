-- An outbox item's number is never used again: PostgreSQL's identity columns see to that by themselves.

COMMENT ON COLUMN outbox.id IS 'never used again';
