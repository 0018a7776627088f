-- What the CRM knows of an order: nothing without a CRM, and of orders that are not completed.

ALTER TABLE orders ADD COLUMN crm_sync_status TEXT CHECK (crm_sync_status IN ('pending', 'success', 'failed'));
