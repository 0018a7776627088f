#include "sandbox/stripe/problem.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>

namespace cartwright::sandbox::stripe {

std::unexpected<Problem> invalid(std::string_view param, std::string message,
                                 std::string_view code) {
    return std::unexpected(Problem{
        .message = std::move(message), .code = std::string(code), .param = std::string(param)});
}

std::unexpected<Problem> missing(std::string_view kind, std::string_view id,
                                 std::string_view param) {
    return std::unexpected(Problem{.status = 404,
                                   .message = fmt::format("No such {}: '{}'", kind, id),
                                   .code = "resource_missing",
                                   .param = std::string(param)});
}

std::unexpected<Problem> unexpected_state(boost::json::object const& intent, std::string message) {
    return std::unexpected(Problem{.message = std::move(message),
                                   .code = "payment_intent_unexpected_state",
                                   .intent = intent});
}

std::string to_json(Problem const& problem) {
    boost::json::object error{{"type", problem.type}, {"message", problem.message}};
    auto const add = [&](std::string_view name, std::string const& value) {
        if (!value.empty()) error[name] = value;
    };
    add("code", problem.code);
    add("param", problem.param);
    add("decline_code", problem.decline_code);
    if (!problem.intent.empty()) {
        error["payment_intent"] = problem.intent;
        error["charge"] = problem.intent.at("latest_charge");
    }
    return boost::json::serialize(boost::json::object{{"error", std::move(error)}});
}

}  // namespace cartwright::sandbox::stripe
