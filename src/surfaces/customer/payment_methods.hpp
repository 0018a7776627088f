#pragma once

#include "features/wallet/wallet.hpp"
#include "platform/http/router.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// The caller's saved cards and UPI ids. Source: customer-api "Payment Methods Management",
/// contract §7 and §10.
void mount_payment_methods(http::Router& router, wallet::Cards& cards, wallet::UpiIds& upi_ids,
                           Clock const& clock);

/// As in the reference: without the gateway's token.
void write_method(json::Writer& w, wallet::Saved<wallet::Card> const& card);
void write_method(json::Writer& w, wallet::Saved<wallet::UpiId> const& upi);

}  // namespace cartwright::customer
