#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "platform/http/message.hpp"
#include "sandbox/bounded.hpp"

namespace cartwright::sandbox::stripe {

/// Stripe's `Idempotency-Key`: the first answer of a key is given again, but for one whose
/// parameters were refused. Any thread. Source: gateways §1.3.
class Idempotency {
public:
    explicit Idempotency(std::size_t keys_max) : answers_(keys_max) {}

    /// `what` is the request, all that must be equal when the key comes again.
    http::Response answer_once(std::string const& key, std::string const& what,
                               std::function<http::Response()> const& work);
    void forget();

private:
    struct Kept {
        std::string what;
        std::optional<http::Response> answer;  ///< nothing: the first is still running
    };
    std::mutex mutex_;
    Bounded<Kept> answers_;
};

}  // namespace cartwright::sandbox::stripe
