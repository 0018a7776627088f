#include "app/page_gateways.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "features/payments/gateways/paytm.hpp"
#include "features/payments/gateways/phonepe_v1.hpp"
#include "features/payments/gateways/phonepe_v2.hpp"

namespace cartwright::app {
namespace {

using config::Settings;
using payments::PagePayments;

std::chrono::seconds seconds(config::Duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration);
}

bool moves_money_at_paytm(std::string_view base) {
    return base.starts_with("https://secure.paytmpayments.com") ||
           base.starts_with("https://securegw.paytm.in");
}

bool moves_money_at_phonepe(std::string_view base) {
    return base.starts_with("https://api.phonepe.com/");
}

std::unique_ptr<payments::PageGateway const> paytm_of(Settings const& settings) {
    if (settings.paytm_key.size() != payments::paytm::Checksum::key_bytes)
        throw config::Invalid("setting paytm_key (CARTWRIGHT_PAYTM_KEY): expected 16 characters");
    return std::make_unique<payments::paytm::Paytm>(
        payments::paytm::Options{.api_base = settings.paytm_api_base,
                                 .merchant = settings.paytm_mid,
                                 .key = settings.paytm_key,
                                 .website = settings.paytm_website,
                                 .timeout = settings.gateway_timeout});
}

std::vector<payments::phonepe::SaltKey> salts_of(Settings const& settings) {
    auto const keys = text::listed(settings.phonepe_salt_key);
    auto const indices = text::listed(settings.phonepe_salt_index);
    std::vector<payments::phonepe::SaltKey> salts;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        auto const index = i < indices.size() ? text::to_int(indices[i]) : std::nullopt;
        if (!index || keys.size() != indices.size())
            throw config::Invalid(
                "setting phonepe_salt_index (CARTWRIGHT_PHONEPE_SALT_INDEX): expected a number "
                "for each salt key");
        salts.push_back({std::string(keys[i]), *index});
    }
    return salts;
}

std::unique_ptr<payments::PageGateway const> phonepe_of(
    Settings const& settings, std::vector<payments::phonepe::SaltKey> const& salts,
    Clock const& clock) {
    if (!settings.phonepe_client_id.empty()) {
        payments::phonepe::V2Options options{.client_id = settings.phonepe_client_id,
                                             .client_secret = settings.phonepe_client_secret,
                                             .client_version = settings.phonepe_client_version,
                                             .timeout = settings.gateway_timeout};
        if (settings.phonepe_api_base != Settings{}.phonepe_api_base)
            options.api_base = settings.phonepe_api_base;
        options.token_base = settings.phonepe_token_base;
        return std::make_unique<payments::phonepe::V2>(std::move(options), clock);
    }
    if (salts.empty())
        throw config::Invalid(
            "setting phonepe_salt_key (CARTWRIGHT_PHONEPE_SALT_KEY): expected a key");
    return std::make_unique<payments::phonepe::V1>(
        payments::phonepe::V1Options{.api_base = settings.phonepe_api_base,
                                     .merchant = settings.phonepe_merchant_id,
                                     .salts = salts,
                                     .timeout = settings.gateway_timeout});
}

}  // namespace

PageGateways::PageGateways(Settings const& settings, payments::Payments& payments,
                           Clock const& clock) {
    auto const life = seconds(settings.payment_ttl);
    if (!settings.paytm_mid.empty()) {
        paytm_pages_ = std::make_unique<PagePayments>(
            payments, payments::Gateway::paytm, paytm_of(settings), clock,
            PagePayments::Options{.merchant = settings.paytm_mid,
                                  .life = life,
                                  .test_mode = !moves_money_at_paytm(settings.paytm_api_base)});
        paytm_ = {paytm_pages_.get(), payments::paytm::Checksum(settings.paytm_key)};
    }
    if (!settings.phonepe_merchant_id.empty() || !settings.phonepe_client_id.empty()) {
        auto const salts = salts_of(settings);
        phonepe_pages_ = std::make_unique<PagePayments>(
            payments, payments::Gateway::phonepe, phonepe_of(settings, salts, clock), clock,
            PagePayments::Options{.merchant = settings.phonepe_merchant_id,
                                  .life = life,
                                  .test_mode = !moves_money_at_phonepe(settings.phonepe_api_base)});
        phonepe_ = {phonepe_pages_.get(),
                    salts,
                    {settings.phonepe_webhook_user, settings.phonepe_webhook_password}};
    }
}

}  // namespace cartwright::app
