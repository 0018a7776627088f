-- expand
-- A CHECK that a column holds one of three words or more, in other words: of a list SQLite makes a table, with an
-- allocator and a cache of its own, each time that it looks whether a row may be written. What may be written stays the
-- same. SQLite changes a table's rules by writing the whole table anew, or in its text, as here.

PRAGMA writable_schema = ON;
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (kind IN (''HOME'', ''WORK'', ''OTHER''))',
    'CHECK (kind = ''HOME'' OR kind = ''WORK'' OR kind = ''OTHER'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (payment_state IN (''unpaid'', ''paid'', ''partly_refunded'', ''refunded''))',
    'CHECK (payment_state = ''unpaid'' OR payment_state = ''paid'' OR payment_state = ''partly_refunded'' OR payment_state = ''refunded'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (fulfilment_state IN (''placed'', ''processing'', ''shipped'', ''out_for_delivery'', ''delivered''))',
    'CHECK (fulfilment_state = ''placed'' OR fulfilment_state = ''processing'' OR fulfilment_state = ''shipped'' OR fulfilment_state = ''out_for_delivery'' OR fulfilment_state = ''delivered'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (crm_sync_status IN (''pending'', ''success'', ''failed''))',
    'CHECK (crm_sync_status = ''pending'' OR crm_sync_status = ''success'' OR crm_sync_status = ''failed'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (gateway IN (''stripe'', ''paytm'', ''phonepe'', ''manual''))',
    'CHECK (gateway = ''stripe'' OR gateway = ''paytm'' OR gateway = ''phonepe'' OR gateway = ''manual'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (status IN (''PENDING'', ''COMPLETED'', ''FAILED'', ''REFUNDED''))',
    'CHECK (status = ''PENDING'' OR status = ''COMPLETED'' OR status = ''FAILED'' OR status = ''REFUNDED'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (device_type IN (''ANDROID'', ''WEB'', ''IOS'', ''API''))',
    'CHECK (device_type = ''ANDROID'' OR device_type = ''WEB'' OR device_type = ''IOS'' OR device_type = ''API'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (reason IN (''initial'', ''sale'', ''restock'', ''adjustment'', ''import''))',
    'CHECK (reason = ''initial'' OR reason = ''sale'' OR reason = ''restock'' OR reason = ''adjustment'' OR reason = ''import'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (priority IN (''LOW'', ''MEDIUM'', ''HIGH'', ''URGENT''))',
    'CHECK (priority = ''LOW'' OR priority = ''MEDIUM'' OR priority = ''HIGH'' OR priority = ''URGENT'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (status IN (''OPEN'', ''IN_PROGRESS'', ''RESOLVED'', ''CLOSED''))',
    'CHECK (status = ''OPEN'' OR status = ''IN_PROGRESS'' OR status = ''RESOLVED'' OR status = ''CLOSED'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (state IN (''pending'', ''succeeded'', ''failed''))',
    'CHECK (state = ''pending'' OR state = ''succeeded'' OR state = ''failed'')')
WHERE type = 'table';
UPDATE sqlite_master SET sql = replace(sql,
    'CHECK (gender IN (''MALE'', ''FEMALE'', ''OTHER''))',
    'CHECK (gender = ''MALE'' OR gender = ''FEMALE'' OR gender = ''OTHER'')')
WHERE type = 'table';

-- Other connections read the schema anew when something in it has come or gone; this one is told.
CREATE VIEW schema_was_changed AS SELECT 1;
DROP VIEW schema_was_changed;
PRAGMA writable_schema = RESET;
