#include "app/commands/sandbox.hpp"

#include <fmt/core.h>

#include <utility>

#include "app/listen.hpp"
#include "app/signals.hpp"
#include "base/text.hpp"
#include "platform/log/log.hpp"

namespace cartwright::app {
namespace {

std::string or_else(std::string const& setting, std::string_view otherwise) {
    return setting.empty() ? std::string(otherwise) : setting;
}

std::string first_of(std::string const& setting) {
    return setting.substr(0, setting.find(','));
}

}  // namespace

sandbox::Options sandbox_options(config::Settings const& settings, std::string listen) {
    sandbox::Options options;
    options.listen = std::move(listen);
    options.stripe.secret_key = settings.stripe_secret_key;
    options.stripe.webhook_secret =
        or_else(settings.stripe_webhook_secret, SandboxKeys::stripe_webhook_secret);
    options.hubspot.token = settings.hubspot_token;
    auto& paytm = options.paytm;
    paytm.mid = or_else(settings.paytm_mid, paytm.mid);
    paytm.key = or_else(settings.paytm_key, paytm.key);
    auto& phonepe = options.phonepe;
    phonepe.merchant_id = or_else(settings.phonepe_merchant_id, phonepe.merchant_id);
    // While a key is rolled there are several; the first of each signs.
    phonepe.salt.key = or_else(first_of(settings.phonepe_salt_key), phonepe.salt.key);
    phonepe.salt.index = text::to_int(first_of(settings.phonepe_salt_index)).value_or(1);
    phonepe.client_id = or_else(settings.phonepe_client_id, phonepe.client_id);
    phonepe.client_secret = or_else(settings.phonepe_client_secret, phonepe.client_secret);
    phonepe.webhook_user = or_else(settings.phonepe_webhook_user, phonepe.webhook_user);
    phonepe.webhook_password = or_else(settings.phonepe_webhook_password, phonepe.webhook_password);
    return options;
}

bool wants_sandbox(config::Settings const& settings) {
    return settings.stripe_secret_key.empty() && settings.paytm_key.empty() &&
           settings.phonepe_salt_key.empty() && settings.phonepe_client_secret.empty();
}

config::Settings with_sandbox(config::Settings settings, std::string const& base_url) {
    settings.stripe_secret_key = SandboxKeys::stripe_secret_key;
    settings.stripe_webhook_secret = SandboxKeys::stripe_webhook_secret;
    settings.stripe_api_base = base_url;
    sandbox::paytm::Options const paytm;
    settings.paytm_mid = paytm.mid;
    settings.paytm_key = paytm.key;
    settings.paytm_api_base = base_url;
    sandbox::phonepe::Options const phonepe;
    settings.phonepe_merchant_id = phonepe.merchant_id;
    settings.phonepe_salt_key = phonepe.salt.key;
    settings.phonepe_salt_index = std::to_string(phonepe.salt.index);
    settings.phonepe_api_base = base_url;
    if (settings.crm == "none") {
        settings.crm = "hubspot";
        settings.hubspot_token = SandboxKeys::hubspot_token;
        settings.hubspot_api_base = base_url;
    }
    return settings;
}

int run_sandbox(Invocation const& invocation) {
    auto const& settings = invocation.settings;
    auto const listen = invocation.get("--listen").value_or(settings.sandbox_listen);
    Signals const signals;
    log::configure(settings.log);
    if (!listens_on_loopback(listen))
        fmt::print(stderr,
                   "warning: whoever reaches {} can pay with nothing; the sandbox is for tests "
                   "alone\n",
                   listen);
    SystemClock const clock;
    sandbox::Sandbox sandbox(sandbox_options(settings, listen), clock);
    sandbox.set_shop(
        invocation.get("--shop").value_or(base_url(settings.listen, port_of(settings.listen))));
    sandbox.start();
    log::info("sandbox serving", {{"url", base_url(listen, sandbox.port())}});
    while (signals.wait() != Signal::stop) {
    }
    sandbox.stop();
    log::flush();
    return 0;
}

}  // namespace cartwright::app
