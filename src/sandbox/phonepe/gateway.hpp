#pragma once

#include <cstddef>
#include <mutex>
#include <string>

#include "base/time.hpp"
#include "features/payments/gateways/phonepe_signature.hpp"
#include "platform/http/router.hpp"
#include "sandbox/front.hpp"
#include "sandbox/phonepe/merchant.hpp"
#include "sandbox/webhooks.hpp"

namespace cartwright::sandbox::phonepe {

struct Options {
    // v1
    std::string merchant_id = "CARTWRUAT";
    payments::phonepe::SaltKey salt{.key = "cartwright-sandbox-salt-key", .index = 1};
    // v2
    std::string client_id = "cartwright_sandbox";
    std::string client_secret = "cartwright_sandbox_secret";
    std::string webhook_user = "cartwright_hook";
    std::string webhook_password = "Secret123";
    /// A path is one of the shop's.
    std::string webhook_url = "/api/auth/payments/phonepe/callback/";
    std::size_t objects_max = 10'000;
};

/// PhonePe's API, v1 and v2, and its pay page. Source: gateways §3.
class Gateway {
public:
    Gateway(Options options, Clock const& clock, Front& front, Webhooks& webhooks);

    void mount(http::Router& router);
    void forget();

private:
    using Work = http::Response (Gateway::*)(http::Call const&);
    void add(http::Router& router, http::Method method, std::string_view path,
             std::string_view summary, Work work);
    void mount_page(http::Router& router);

    // v1
    http::Response pay(http::Call const& call);
    http::Response status(http::Call const& call);
    http::Response refund(http::Call const& call);
    std::optional<boost::json::object> open(http::Call const& call) const;
    bool verifies(http::Call const& call, std::string_view payload) const;
    void call_back(Order const& order);

    // v2
    http::Response token(http::Call const& call);
    http::Response checkout(http::Call const& call);
    http::Response order_status(http::Call const& call);
    http::Response refund_order(http::Call const& call);
    http::Response refund_status(http::Call const& call);
    bool has_token(http::Call const& call);
    void send_event(std::string const& event, std::string const& name,
                    boost::json::object const& payload);

    http::Response show_page(http::Call const& call);
    http::Response decide(http::Call const& call);

    Options options_;
    Clock const& clock_;
    Front& front_;
    Webhooks& webhooks_;
    Merchant merchant_;
    std::mutex mutex_;
    Bounded<Instant> tokens_;  ///< when each ends
};

}  // namespace cartwright::sandbox::phonepe
