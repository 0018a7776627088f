#pragma once

#include "features/orders/orders.hpp"
#include "features/payments/stripe_payments.hpp"
#include "platform/http/router.hpp"

namespace cartwright::shop {

/// Paying by Stripe: shop-api 22 to 24.
void mount_payments(http::Router& router, payments::StripePayments& stripe, orders::Orders& orders);

/// What admins see of payments, and refunds: contract §10.
void mount_payment_books(http::Router& router, payments::Payments& payments,
                         orders::Orders& orders);

}  // namespace cartwright::shop
