#pragma once

#include <string>
#include <string_view>

#include "features/payments/payment.hpp"
#include "platform/http/message.hpp"

/// What several routes say of payments.
namespace cartwright::customer {

/// "PAYTM", "PHONEPE", "STRIPE", "MANUAL".
std::string gateway_name(payments::Gateway gateway);

/// `"X" is not a valid choice.`
http::Response no_such_choice(std::string_view field, std::string_view word);

}  // namespace cartwright::customer
