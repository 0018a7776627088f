#pragma once

#include <optional>
#include <vector>

#include "features/orders/orders.hpp"
#include "features/payments/page_payments.hpp"
#include "platform/http/router.hpp"
#include "surfaces/customer/pages.hpp"

namespace cartwright::customer {

/// Paytm, where it is set up: `pages` is null where it is not.
struct PaytmSide {
    payments::PagePayments* pages = nullptr;
    std::optional<payments::paytm::Checksum> checksum = {};
};

/// PhonePe, ditto. Callbacks are those of its first API where there are salt keys, of its second
/// where there is a webhook's user.
struct PhonePeSide {
    payments::PagePayments* pages = nullptr;
    std::vector<payments::phonepe::SaltKey> salts = {};
    payments::PhonePeWebhook webhook = {};
};

struct PaymentParts {
    payments::Payments& payments;
    orders::Orders& orders;
    Pages const& pages;
    PaytmSide paytm;
    PhonePeSide phonepe;
};

/// Paying by Paytm and PhonePe: `payments/initiate/`, `…/status/`, `…/retry/` and both callbacks.
/// Source: customer-api "Payment System", contract §7.
void mount_payments(http::Router& router, PaymentParts const& parts);

/// `payments/history/`.
void mount_payment_history(http::Router& router, payments::Payments& payments,
                           orders::Orders& orders);

}  // namespace cartwright::customer
