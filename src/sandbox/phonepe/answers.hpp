#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "platform/http/message.hpp"
#include "sandbox/front.hpp"
#include "sandbox/phonepe/merchant.hpp"

namespace cartwright::sandbox::phonepe {

/// v1's envelope. Source: gateways §3.1.
http::Response answer_v1(int status, std::string_view code, std::string_view message,
                         boost::json::object data);
/// What v1 says of an order, in status answers and callbacks alike.
boost::json::object status_v1(Order const& order, std::string_view merchant_id);
/// Ditto, of a refund.
boost::json::object status_v1(Refund const& refund, std::string_view merchant_id);

http::Response answer_v2(boost::json::object const& body);
/// v2's shape of a refusal; v1's clients read it too.
http::Response refuse(Problem const& problem);
/// What v2 says of an order. Source: gateways §3.2.
boost::json::object status_v2(Order const& order, Instant now);
boost::json::object status_v2(Refund const& refund);

http::Response fault(Conduct const& conduct);

}  // namespace cartwright::sandbox::phonepe
