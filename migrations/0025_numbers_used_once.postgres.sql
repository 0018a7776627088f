-- A cart line's, an address's and a saved payment method's number is never used again: PostgreSQL's identity columns see
-- to that by themselves.

COMMENT ON COLUMN cart_items.id IS 'never used again';
COMMENT ON COLUMN addresses.id IS 'never used again';
COMMENT ON COLUMN saved_cards.id IS 'never used again';
COMMENT ON COLUMN saved_upi_ids.id IS 'never used again';
