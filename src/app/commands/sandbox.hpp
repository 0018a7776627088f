#pragma once

#include <string>

#include "app/command.hpp"
#include "sandbox/sandbox.hpp"

namespace cartwright::app {

/// The keys that the sandbox and the demo shop share where none are set.
struct SandboxKeys {
    static constexpr std::string_view stripe_secret_key = "sk_test_cartwright_sandbox";
    static constexpr std::string_view stripe_webhook_secret = "whsec_cartwright_sandbox";
    static constexpr std::string_view hubspot_token = "pat-cartwright-sandbox";
};

/// A sandbox that signs with the settings' keys, and with `SandboxKeys` where there are none.
sandbox::Options sandbox_options(config::Settings const& settings, std::string listen);

/// Whether the demo shop needs a sandbox: no gateway is configured.
bool wants_sandbox(config::Settings const& settings);

/// The settings of a shop whose gateways are the sandbox at `base_url`.
config::Settings with_sandbox(config::Settings settings, std::string const& base_url);

/// The sandbox alone, for a shop that runs elsewhere on this machine.
int run_sandbox(Invocation const& invocation);

}  // namespace cartwright::app
