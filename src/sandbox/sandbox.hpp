#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "sandbox/hubspot/gateway.hpp"
#include "sandbox/paytm/gateway.hpp"
#include "sandbox/phonepe/gateway.hpp"
#include "sandbox/stripe/gateway.hpp"
#include "sandbox/webhooks.hpp"

namespace cartwright::sandbox {

struct Options {
    std::string listen = "127.0.0.1:8010";
    stripe::Options stripe;
    hubspot::Options hubspot;
    paytm::Options paytm;
    phonepe::Options phonepe;
    WebhookOptions webhooks;
};

/// A stand-in for the payment gateways and the CRM: their wire protocols over HTTP, state in memory
/// and bounded, no money. For development and tests, never for production: anybody who reaches it
/// may pay with nothing.
class Sandbox {
public:
    Sandbox(Options options, Clock const& clock);
    ~Sandbox();
    Sandbox(Sandbox const&) = delete;
    Sandbox& operator=(Sandbox const&) = delete;

    /// Throws `std::runtime_error` naming the address where that is taken.
    void start();
    void stop();
    /// Where the shop is that the gateways tell of payments: "http://127.0.0.1:8000".
    void set_shop(std::string base_url);
    std::uint16_t port() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace cartwright::sandbox
