#pragma once

#include <boost/json/object.hpp>
#include <expected>
#include <string>
#include <string_view>

namespace cartwright::sandbox::stripe {

/// A refusal in Stripe's shape. Source: gateways §1.7.
struct Problem {
    int status = 400;
    std::string type = "invalid_request_error";
    std::string message;
    std::string code = {};
    std::string param = {};
    std::string decline_code = {};
    boost::json::object intent = {};  ///< the PaymentIntent it is about; empty: none
};

using Result = std::expected<boost::json::object, Problem>;

std::unexpected<Problem> invalid(std::string_view param, std::string message,
                                 std::string_view code = {});
std::unexpected<Problem> missing(std::string_view kind, std::string_view id,
                                 std::string_view param);
/// 400: the intent's state does not allow it.
std::unexpected<Problem> unexpected_state(boost::json::object const& intent, std::string message);

/// `{"error": {…}}`
std::string to_json(Problem const& problem);

}  // namespace cartwright::sandbox::stripe
