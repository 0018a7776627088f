#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"

/// The shop's customer relations system, which is told of completed orders and their buyers.
/// Source: contract §8, gateways §4.
namespace cartwright::crm {

/// A completed order as a CRM is told of it: no more of the person than it is for.
struct Sale {
    std::string order_number;  ///< the CRM's key: told twice, it is one sale
    Money total;
    std::string currency;
    Instant placed_at;
    struct Line {
        std::string name;
        std::int64_t quantity = 0;
        Money unit_price;
    };
    std::vector<Line> lines;
    std::string email;  ///< in lower case: the key of the person
    std::string first_name;
    std::string last_name;
    std::optional<std::string> phone_number;
};

/// What became of a call. Its message is for the admin: no secrets, nothing of the person.
struct Told {
    enum class What {
        done,
        again,  ///< no answer, or one that may be another next time
        later,  ///< not before `wait`: the CRM counts our calls
        refused
    };
    What what = What::done;
    std::string message = {};
    std::chrono::seconds wait{};
};

/// A system that can be told. Any thread; waits for the network, so only jobs call it.
class Connector {
public:
    virtual ~Connector() = default;
    /// Makes or brings up to date the person, the sale, and that they belong together. Safe to
    /// repeat.
    virtual Told tell(Sale const& sale) = 0;
};

struct HubSpotOptions {
    std::string base = "https://api.hubapi.com";
    std::string token;
    std::chrono::milliseconds timeout{15'000};
};
/// Contacts by e-mail address, deals by `cartwright_order_number`, a property with unique values.
/// Source: gateways §4.
std::unique_ptr<Connector> hubspot(HubSpotOptions options);

struct WebhookOptions {
    std::string url;
    std::string secret;  ///< "whsec_" and Base64
    std::chrono::milliseconds timeout{15'000};
};
/// Posts each sale, signed as in Standard Webhooks. Throws `std::invalid_argument` for a secret in
/// another form. Source: gateways §4.1.
std::unique_ptr<Connector> webhook(WebhookOptions options, Clock const& clock);

/// "v1,…" of a message: what `webhook-signature` holds. `key` is the decoded secret.
std::string signature_of(std::string_view key, std::string_view id, Instant at,
                         std::string_view body);

}  // namespace cartwright::crm
