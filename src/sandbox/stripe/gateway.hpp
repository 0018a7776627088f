#pragma once

#include <cstddef>
#include <string>

#include "base/time.hpp"
#include "platform/http/router.hpp"
#include "sandbox/front.hpp"
#include "sandbox/stripe/account.hpp"
#include "sandbox/stripe/idempotency.hpp"
#include "sandbox/webhooks.hpp"

namespace cartwright::sandbox::stripe {

struct Options {
    std::string secret_key;      ///< the only one taken; empty: any that begins "sk_test_"
    std::string webhook_secret;  ///< signs webhooks
    /// A path is one of the shop's; empty: none are sent.
    std::string webhook_url = "/api/v1/webhooks/stripe/";
    std::size_t objects_max = 10'000;  ///< of each kind
};

/// The `Stripe-Signature` of a body. Source: gateways §1.9.
std::string signature(std::string_view secret, Instant at, std::string_view body);

/// Stripe's API under /v1/.
class Gateway {
public:
    Gateway(Options options, Clock const& clock, Front& front, Webhooks& webhooks);

    void mount(http::Router& router);
    void forget();

private:
    using Operation = std::function<Result(Account&, std::string_view id, Asked const& asked)>;
    void add(http::Router& router, http::Method method, std::string_view path,
             std::string_view summary, Operation operation);
    http::Response answer(http::Call const& call, Operation const& operation);
    http::Response settle(http::Call const& call);
    http::Response show_question(http::Call const& call);
    std::expected<void, Problem> admit(http::Call const& call, Form const& form);
    void send(std::string const& type, std::string const& id, std::string event);

    Options options_;
    Clock const& clock_;
    Front& front_;
    Webhooks& webhooks_;
    Account account_;
    Idempotency idempotency_;
};

}  // namespace cartwright::sandbox::stripe
