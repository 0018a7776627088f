-- The coupon that a customer has put on a cart. It is only counted when the cart is ordered.

ALTER TABLE carts ADD COLUMN coupon_code TEXT;                    -- as the admin wrote it
