#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <stdexcept>

#include "features/crm/crm.hpp"
#include "features/crm/impl/answers.hpp"
#include "platform/client/client.hpp"
#include "platform/crypto/base64.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::crm {
namespace {

namespace bj = boost::json;

std::string key_of(std::string_view secret) {
    constexpr std::string_view prefix = "whsec_";
    auto key = secret.starts_with(prefix) ? crypto::from_base64(secret.substr(prefix.size()))
                                          : std::nullopt;
    if (!key || key->empty())
        throw std::invalid_argument("crm_webhook_secret: expected whsec_ and Base64");
    return std::move(*key);
}

std::string body_of(Sale const& sale) {
    bj::array items;
    for (auto const& line : sale.lines)
        items.push_back({{"name", line.name},
                         {"quantity", line.quantity},
                         {"price", to_decimal(line.unit_price)}});
    bj::object const customer{
        {"email", sale.email},
        {"first_name", sale.first_name},
        {"last_name", sale.last_name},
        {"phone_number", sale.phone_number ? bj::value(*sale.phone_number) : bj::value()}};
    return bj::serialize(bj::object{{"type", "order.completed"},
                                    {"order_number", sale.order_number},
                                    {"amount", to_decimal(sale.total)},
                                    {"currency", sale.currency},
                                    {"placed_at", to_iso(sale.placed_at)},
                                    {"customer", customer},
                                    {"items", std::move(items)}});
}

class Webhook final : public Connector {
public:
    Webhook(WebhookOptions options, Clock const& clock)
        : options_(std::move(options)), key_(key_of(options_.secret)), clock_(clock) {}

    Told tell(Sale const& sale) override {
        auto const id = "msg_completed_" + sale.order_number;  // the same each time it is told
        auto const now = clock_.now();
        auto body = body_of(sale);
        auto signature = signature_of(key_, id, now, body);
        try {
            return judge("The webhook's receiver",
                         client::send({.method = "POST",
                                       .url = options_.url,
                                       .headers = {{"Content-Type", "application/json"},
                                                   {"webhook-id", id},
                                                   {"webhook-timestamp",
                                                    std::to_string(now.time_since_epoch().count())},
                                                   {"webhook-signature", std::move(signature)}},
                                       .body = std::move(body),
                                       .timeout = options_.timeout}));
        } catch (client::Unavailable const& problem) {
            return {Told::What::again, std::string("The webhook's receiver: ") + problem.what()};
        }
    }

private:
    WebhookOptions options_;
    std::string key_;
    Clock const& clock_;
};

}  // namespace

std::string signature_of(std::string_view key, std::string_view id, Instant at,
                         std::string_view body) {
    std::string code;
    crypto::HmacKey(key).append_code(
        code, fmt::format("{}.{}.{}", id, at.time_since_epoch().count(), body));
    return "v1," + crypto::to_base64(code);
}

std::unique_ptr<Connector> webhook(WebhookOptions options, Clock const& clock) {
    return std::make_unique<Webhook>(std::move(options), clock);
}

}  // namespace cartwright::crm
