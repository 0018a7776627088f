#pragma once

#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/money.hpp"
#include "platform/client/client.hpp"

/// What the clients of gateways that answer in JSON have in common.
namespace cartwright::payments::calls {

/// How long a call may take with all its tries, and how many these may be.
struct Patience {
    std::chrono::milliseconds timeout{15'000};
    int attempts_max = 2;
};

/// Sends the request and returns the first answer that says something: a 429 or a 5xx does not.
/// What may have been done is only sent again where `repeatable` says that twice is as good as
/// once. Throws `client::Unavailable`.
client::Answer send(client::Request request, Patience const& patience, bool repeatable);

/// The object that a gateway's answer must be. Throws `client::Unavailable` for anything else.
boost::json::object parse(std::string_view body);

/// The object of that name within another; an empty one where it is absent or something else.
boost::json::object const& object_in(boost::json::object const& object, std::string_view name);

/// The text of that name; empty where it is absent or something else.
std::string text_in(boost::json::object const& object, std::string_view name);

/// Whether the member of that name has that text, or is not there to say another.
bool is_or_absent(boost::json::object const& object, std::string_view name, std::string_view text);

/// The amount in minor units of that name, where it is a whole number.
std::optional<Money> minor_in(boost::json::object const& object, std::string_view name);

/// The amount that a decimal such as "1130.00" is; at most two places. Nothing for anything else.
std::optional<Money> from_decimal(std::string_view decimal);

}  // namespace cartwright::payments::calls
