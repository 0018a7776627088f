-- What admins have changed, one row a change. Nothing here is ever changed or deleted, by whatever statement.

CREATE TABLE audit_log (
    id           {id},
    actor_id     BIGINT,                              -- who; none for the operator at the command line
    action       TEXT   NOT NULL,                     -- create, update, delete, ship, refund …
    subject_type TEXT   NOT NULL,                     -- product, order, user …
    subject_id   BIGINT NOT NULL,
    before       TEXT   NOT NULL,                     -- JSON object of what the change changed, as it was
    after        TEXT   NOT NULL,                     -- ditto, as it is since
    request_id   TEXT   NOT NULL,                     -- as in the log and the answer; may be empty
    created_at   BIGINT NOT NULL
);
CREATE INDEX audit_log_by_subject ON audit_log (subject_type, subject_id, id);
CREATE INDEX audit_log_by_actor ON audit_log (actor_id, id);
CREATE INDEX audit_log_by_action ON audit_log (action, id);
CREATE INDEX audit_log_by_time ON audit_log (created_at, id);

CREATE TRIGGER audit_log_is_not_changed BEFORE UPDATE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_log_is_not_deleted BEFORE DELETE ON audit_log BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
