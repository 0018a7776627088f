#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.hpp"
#include "features/crm/crm.hpp"
#include "features/crm/impl/answers.hpp"
#include "platform/client/client.hpp"

namespace cartwright::crm {
namespace {

namespace bj = boost::json;

/// The property of deals that holds our order number; the shop makes it with unique values.
constexpr std::string_view order_key = "cartwright_order_number";

std::string upsert_of(std::string_view property, std::string_view id, bj::object properties) {
    bj::object const input{
        {"idProperty", property}, {"id", id}, {"properties", std::move(properties)}};
    return bj::serialize(bj::object{{"inputs", bj::array{input}}});
}

bj::object contact_of(Sale const& sale) {
    return {{"email", sale.email},
            {"firstname", sale.first_name},
            {"lastname", sale.last_name},
            {"phone", sale.phone_number.value_or("")}};
}

bj::object deal_of(Sale const& sale) {
    return {{order_key, sale.order_number},
            {"dealname", sale.order_number},
            {"amount", to_decimal(sale.total)},
            {"deal_currency_code", sale.currency},
            {"pipeline", "default"},
            {"dealstage", "closedwon"},
            {"closedate", to_iso(sale.placed_at)}};
}

/// The id of the one object that a batch of one has made or found. Nothing where the batch says
/// that it has not, be its status 200 or 207.
std::optional<std::string> id_in(std::string_view body) {
    boost::system::error_code failed;
    auto const json = bj::parse(body, failed);
    auto const* const answer = failed ? nullptr : json.if_object();
    auto const* const results = answer ? answer->if_contains("results") : nullptr;
    if (results == nullptr || !results->is_array() || results->get_array().size() != 1)
        return std::nullopt;
    auto const* const result = results->get_array().front().if_object();
    auto const* const id = result ? result->if_contains("id") : nullptr;
    if (id == nullptr || !id->is_string()) return std::nullopt;
    auto const digits = std::string_view(id->get_string());
    // It becomes part of a path.
    return text::to_int(digits) ? std::optional(std::string(digits)) : std::nullopt;
}

class HubSpot final : public Connector {
public:
    explicit HubSpot(HubSpotOptions options) : options_(std::move(options)) {}

    Told tell(Sale const& sale) override {
        std::string contact;
        std::string deal;
        if (auto told =
                upsert("contacts", upsert_of("email", sale.email, contact_of(sale)), contact);
            told.what != Told::What::done)
            return told;
        if (auto told =
                upsert("deals", upsert_of(order_key, sale.order_number, deal_of(sale)), deal);
            told.what != Told::What::done)
            return told;
        return call("PUT",
                    "/crm/v4/objects/deals/" + deal + "/associations/default/contacts/" + contact,
                    {}, nullptr);
    }

private:
    Told upsert(std::string_view objects, std::string body, std::string& id) {
        std::string answer;
        auto told = call("POST", "/crm/v3/objects/" + std::string(objects) + "/batch/upsert",
                         std::move(body), &answer);
        if (told.what != Told::What::done) return told;
        auto const found = id_in(answer);
        if (!found)
            return {Told::What::refused, "HubSpot did not take one of the " + std::string(objects)};
        id = *found;
        return told;
    }

    Told call(std::string method, std::string const& path, std::string body, std::string* answer) {
        try {
            auto const got =
                client::send({.method = std::move(method),
                              .url = options_.base + path,
                              .headers = {{"Authorization", "Bearer " + options_.token},
                                          {"Content-Type", "application/json"}},
                              .body = std::move(body),
                              .timeout = options_.timeout});
            if (answer != nullptr) *answer = got.body;
            return judge("HubSpot", got);
        } catch (client::Unavailable const& problem) {
            return {Told::What::again, std::string("HubSpot: ") + problem.what()};
        }
    }

    HubSpotOptions options_;
};

}  // namespace

std::unique_ptr<Connector> hubspot(HubSpotOptions options) {
    return std::make_unique<HubSpot>(std::move(options));
}

}  // namespace cartwright::crm
