#include "features/payments/gateways/stripe.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <utility>

#include "platform/client/client.hpp"

namespace cartwright::payments::stripe {
namespace {

namespace json = boost::json;

/// The member of a refund's metadata that holds our key.
constexpr std::string_view refund_key = "transaction";

struct Word {
    IntentStatus status;
    std::string_view word;
};
constexpr std::array words{
    Word{IntentStatus::requires_payment_method, "requires_payment_method"},
    Word{IntentStatus::requires_confirmation, "requires_confirmation"},
    Word{IntentStatus::requires_action, "requires_action"},
    Word{IntentStatus::processing, "processing"},
    Word{IntentStatus::requires_capture, "requires_capture"},
    Word{IntentStatus::succeeded, "succeeded"},
    Word{IntentStatus::canceled, "canceled"},
    Word{IntentStatus::unknown, "unknown"},
};

/// The text member of that name; empty where it is absent or null, or holds a zero byte: none of
/// Stripe's does, and no database takes one.
std::string text(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_string();
    if (found == nullptr || found->find('\0') != json::string::npos) return {};
    return std::string(*found);
}

Money money(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_int64();
    return {found == nullptr ? 0 : *found};
}

/// A text read, in memory that goes with it: a PaymentIntent has some fifty members.
class Document {
public:
    explicit Document(std::string_view text) : value_(json::parse(text, failed_, &memory_)) {}
    Document(Document const&) = delete;
    Document& operator=(Document const&) = delete;

    /// Null for what is no object, or no JSON.
    json::object const* object() const { return failed_ ? nullptr : value_.if_object(); }

private:
    std::array<unsigned char, std::size_t{8} * 1024> room_;
    json::monotonic_resource memory_{room_.data(), room_.size()};
    boost::system::error_code failed_;
    json::value value_;
};

/// The object that an answer must be. Anything else is no answer of Stripe's.
json::object const& object_of(Document const& answer) {
    auto const* const object = answer.object();
    if (object == nullptr) throw client::Unavailable("Stripe's answer is not JSON", true);
    return *object;
}

json::object const* member(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value == nullptr ? nullptr : value->if_object();
}

/// An id, where Stripe may have put the whole object in its place.
std::string id_of(json::object const& object, std::string_view name) {
    auto const* const whole = member(object, name);
    return whole == nullptr ? text(object, name) : text(*whole, "id");
}

std::string metadata(json::object const& object, std::string_view name) {
    auto const* const all = member(object, "metadata");
    return all == nullptr ? std::string{} : text(*all, name);
}

bool flag(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    return value != nullptr && value->is_bool() && value->get_bool();
}

Intent to_intent(json::object const& object) {
    return {.id = text(object, "id"),
            .client_secret = text(object, "client_secret"),
            .status = intent_status(text(object, "status")),
            .amount = money(object, "amount"),
            .received =
                money(object, object.contains("amount_received") ? "amount_received" : "amount"),
            .currency = text(object, "currency"),
            .payment_method = id_of(object, "payment_method"),
            .latest_charge = id_of(object, "latest_charge"),
            .order_id = metadata(object, "order_id"),
            .order_number = metadata(object, "order_number"),
            .live = flag(object, "livemode")};
}

Refund to_refund(json::object const& object) {
    return {.id = text(object, "id"),
            .status = text(object, "status"),
            .amount = money(object, "amount"),
            .currency = text(object, "currency"),
            .payment_intent = id_of(object, "payment_intent"),
            .key = metadata(object, refund_key),
            .failure_reason = text(object, "failure_reason")};
}

Charge to_charge(json::object const& object) {
    return {text(object, "id"), id_of(object, "payment_intent"), money(object, "amount_refunded"),
            text(object, "currency")};
}

Refused to_refused(int status, json::object const& body) {
    auto const* const value = body.if_contains("error");
    auto const* const error = value == nullptr ? nullptr : value->if_object();
    if (error == nullptr) return {status, {}, {}};
    return {status, text(*error, "code"), text(*error, "message")};
}

bool comes_again(client::Answer const& answer) {
    if (auto const word = answer.header("stripe-should-retry")) return *word == "true";
    constexpr int conflict = 409, failed_dependency = 424, too_many = 429, server_side = 500;
    return answer.status == conflict || answer.status == failed_dependency ||
           answer.status == too_many || answer.status >= server_side;
}

/// What is left of a deadline must be worth a call.
constexpr std::chrono::milliseconds least_time{100};

std::string path_of(std::string_view intent, std::string_view verb = {}) {
    std::string path = "/v1/payment_intents/";
    path.append(intent);
    if (!verb.empty()) path.append("/").append(verb);
    return path;
}

}  // namespace

std::string_view to_string(IntentStatus status) {
    return std::ranges::find(words, status, &Word::status)->word;
}

IntentStatus intent_status(std::string_view word) {
    auto const found = std::ranges::find(words, word, &Word::word);
    return found == words.end() ? IntentStatus::unknown : found->status;
}

std::expected<Intent, Refused> read_intent(std::string_view body) {
    Document const answer(body);
    auto const& object = object_of(answer);
    if (text(object, "object") != "payment_intent" || text(object, "id").empty())
        return std::unexpected(Refused{0, {}, "not a PaymentIntent"});
    return to_intent(object);
}

Stripe::Stripe(Options options) : options_(std::move(options)) {}

std::expected<std::string, Refused> Stripe::call(std::string_view method, std::string const& path,
                                                 Fields const& fields, std::string_view key) const {
    // The account's default version may change under us; what is read here was written for this
    // one.
    constexpr std::string_view api_version = "2024-06-20";
    client::Request request{.method = std::string(method), .url = options_.api_base + path};
    request.headers = {{"Authorization", "Bearer " + options_.secret_key},
                       {"Stripe-Version", std::string(api_version)}};
    if (method == "POST") {
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.headers.emplace_back("Idempotency-Key", key);
        request.body = client::form_encode(fields);
    }
    auto const deadline = std::chrono::steady_clock::now() + options_.timeout;
    for (int attempt = 1;; ++attempt) {
        auto const left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        bool const last = attempt >= options_.attempts_max || left <= least_time;
        request.timeout = std::max(left, least_time);
        try {
            auto answer = client::send(request);
            constexpr int ok = 200, redirection = 300;
            if (answer.status >= ok && answer.status < redirection) return std::move(answer.body);
            if (!comes_again(answer))
                return std::unexpected(to_refused(answer.status, object_of(Document(answer.body))));
            if (last)
                throw client::Unavailable("Stripe answered " + std::to_string(answer.status), true);
        } catch (client::Unavailable const&) {
            if (last) throw;
        }
    }
}

std::expected<Intent, Refused> Stripe::create(Money amount, std::string_view currency,
                                              OrderId order, std::string_view order_number,
                                              std::string_view key) const {
    auto const answer = call("POST", "/v1/payment_intents",
                             {{"amount", std::to_string(amount.minor)},
                              {"currency", std::string(currency)},
                              {"automatic_payment_methods[enabled]", "true"},
                              {"metadata[order_id]", std::to_string(order.value)},
                              {"metadata[order_number]", std::string(order_number)}},
                             key);
    if (!answer) return std::unexpected(answer.error());
    return read_intent(*answer);
}

std::expected<Intent, Refused> Stripe::retrieve(std::string_view intent) const {
    auto const answer = call("GET", path_of(intent), {}, {});
    if (!answer) return std::unexpected(answer.error());
    return read_intent(*answer);
}

std::expected<Intent, Refused> Stripe::confirm(std::string_view intent,
                                               std::string_view key) const {
    auto const answer = call("POST", path_of(intent, "confirm"), {}, key);
    if (!answer) return std::unexpected(answer.error());
    return read_intent(*answer);
}

std::expected<Intent, Refused> Stripe::cancel(std::string_view intent, std::string_view key) const {
    auto const answer = call("POST", path_of(intent, "cancel"), {}, key);
    if (!answer) return std::unexpected(answer.error());
    return read_intent(*answer);
}

std::expected<Refund, Refused> Stripe::refund(std::string_view intent, Money amount,
                                              std::string_view key) const {
    auto const answer = call("POST", "/v1/refunds",
                             {{"payment_intent", std::string(intent)},
                              {"amount", std::to_string(amount.minor)},
                              {"metadata[" + std::string(refund_key) + "]", std::string(key)}},
                             key);
    if (!answer) return std::unexpected(answer.error());
    return to_refund(object_of(Document(*answer)));
}

std::expected<Refund, Refused> Stripe::retrieve_refund(std::string_view refund) const {
    auto const answer = call("GET", "/v1/refunds/" + std::string(refund), {}, {});
    if (!answer) return std::unexpected(answer.error());
    return to_refund(object_of(Document(*answer)));
}

std::expected<std::optional<Refund>, Refused> Stripe::find_refund(std::string_view intent,
                                                                  std::string_view key) const {
    constexpr int pages_max = 10;
    std::string after;
    for (int page = 0; page < pages_max; ++page) {
        auto const path = "/v1/refunds?limit=100&payment_intent=" + std::string(intent) +
                          (after.empty() ? "" : "&starting_after=" + after);
        auto const answer = call("GET", path, {}, {});
        if (!answer) return std::unexpected(answer.error());
        Document const page_read(*answer);
        auto const& list = object_of(page_read);
        auto const* const data = list.if_contains("data");
        if (data == nullptr || !data->is_array())
            throw client::Unavailable("Stripe's list of refunds is none", false);
        for (auto const& each : data->get_array()) {
            auto const* const object = each.if_object();
            if (object == nullptr) continue;
            auto refund = to_refund(*object);
            if (refund.key == key) return refund;
            after = refund.id;
        }
        if (!flag(list, "has_more")) break;
    }
    return std::nullopt;
}

std::optional<Event> read_event(std::string_view body) {
    Document const read(body);
    if (read.object() == nullptr) return std::nullopt;
    auto const& whole = *read.object();
    Event event{
        .id = text(whole, "id"), .type = text(whole, "type"), .live = flag(whole, "livemode")};
    if (event.id.empty()) return std::nullopt;
    auto const* const data = member(whole, "data");
    auto const* const object = data == nullptr ? nullptr : member(*data, "object");
    if (object == nullptr) return event;
    auto const kind = text(*object, "object");
    if (kind == "payment_intent" || event.type.starts_with("payment_intent."))
        event.intent = to_intent(*object);
    if (event.intent && event.intent->id.empty()) event.intent.reset();
    if (kind == "refund") event.refund = to_refund(*object);
    if (kind == "charge") event.charge = to_charge(*object);
    return event;
}

}  // namespace cartwright::payments::stripe
