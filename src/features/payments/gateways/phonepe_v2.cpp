#include "features/payments/gateways/phonepe_v2.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "features/payments/gateways/impl/calls.hpp"

namespace cartwright::payments::phonepe {
namespace {

namespace json = boost::json;
using calls::text_in;

constexpr int ok = 200;
constexpr int redirection = 300;
constexpr int unauthorized = 401;

std::int64_t number_in(json::object const& object, std::string_view name) {
    auto const* const value = object.if_contains(name);
    auto const* const found = value == nullptr ? nullptr : value->if_int64();
    return found == nullptr ? 0 : *found;
}

Standing standing_of(std::string_view state) {
    if (state == "COMPLETED") return Standing::succeeded;
    if (state == "FAILED") return Standing::failed;
    return Standing::pending;  // also "CONFIRMED", of a refund
}

/// The newest attempt on the page; an empty object where there was none.
json::object const& last_attempt(json::object const& order) {
    static json::object const none;
    auto const* const value = order.if_contains("paymentDetails");
    auto const* const attempts = value == nullptr ? nullptr : value->if_array();
    if (attempts == nullptr || attempts->empty()) return none;
    auto const* const attempt = attempts->back().if_object();
    return attempt == nullptr ? none : *attempt;
}

}  // namespace

/// The token in use, and who fetches the next.
class V2::Tokens {
public:
    Tokens(V2Options const& options, Clock const& clock) : options_(options), clock_(clock) {}

    /// A token that is good now. Throws `client::Unavailable` where none can be had.
    std::string get() {
        std::unique_lock lock(mutex_);
        while (true) {
            auto const now = clock_.now();
            bool const good = now < good_until_;
            if (good && (now < refresh_at_ || fetching_)) return token_;
            if (!fetching_) return fetch(lock, good);
            auto const failures = failures_;
            fetched_.wait(lock, [&] { return !fetching_; });
            if (failures != failures_) throw client::Unavailable("PhonePe gives no token", false);
        }
    }

    /// PhonePe does not take this token any more.
    void drop(std::string_view token) {
        std::lock_guard const lock(mutex_);
        if (token == token_) good_until_ = {};
    }

private:
    std::string fetch(std::unique_lock<std::mutex>& lock, bool old_one_is_good) {
        fetching_ = true;
        lock.unlock();
        json::object answer;
        std::optional<client::Unavailable> failed;
        try {
            answer = ask();
        } catch (client::Unavailable const& unavailable) {
            failed = unavailable;
        }
        lock.lock();
        fetching_ = false;
        fetched_.notify_all();
        if (failed && !old_one_is_good) {
            ++failures_;
            throw *failed;
        }
        if (!failed) keep(answer);
        return token_;
    }

    json::object ask() const {
        client::Request request{.method = "POST", .url = options_.token_base + "/v1/oauth/token"};
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = client::form_encode({{"client_id", options_.client_id},
                                            {"client_secret", options_.client_secret},
                                            {"client_version", options_.client_version},
                                            {"grant_type", "client_credentials"}});
        auto const answer =
            calls::send(std::move(request), {options_.timeout, options_.attempts_max}, true);
        if (answer.status < ok || answer.status >= redirection)
            throw client::Unavailable(
                "PhonePe refuses our client id: " + std::to_string(answer.status), false);
        auto token = calls::parse(answer.body);
        if (text_in(token, "access_token").empty())
            throw client::Unavailable("PhonePe's token is none", false);
        return token;
    }

    void keep(json::object const& answer) {
        constexpr std::chrono::seconds life_if_unsaid{300};
        auto const now = clock_.now();
        std::chrono::seconds life{number_in(answer, "expires_at") - number_in(answer, "issued_at")};
        if (life.count() <= 0) life = std::chrono::seconds(number_in(answer, "expires_in"));
        if (life.count() <= 0) life = life_if_unsaid;
        token_ = text_in(answer, "access_token");
        good_until_ = now + life;
        refresh_at_ = now + life / 2;
    }

    V2Options const& options_;
    Clock const& clock_;
    std::mutex mutex_;
    std::condition_variable fetched_;
    bool fetching_ = false;
    std::int64_t failures_ = 0;
    std::string token_;
    Instant good_until_;
    Instant refresh_at_;
};

struct V2::Answer {
    bool good = false;  ///< 2xx
    json::object body;

    std::string code() const {
        auto code = text_in(body, "code");
        return code.empty() ? text_in(body, "errorCode") : code;
    }
    bool not_found() const { return !good && code().find("NOT_FOUND") != std::string::npos; }
    Declined declined() const { return {code(), text_in(body, "message")}; }
};

V2::V2(V2Options options, Clock const& clock)
    : options_(std::move(options)), tokens_(std::make_unique<Tokens>(options_, clock)) {}

V2::~V2() = default;

V2::Answer V2::call(std::string_view method, std::string const& path,
                    std::string const& body) const {
    for (bool again = false;; again = true) {
        auto const token = tokens_->get();
        client::Request request{.method = std::string(method), .url = options_.api_base + path};
        request.headers = {{"Content-Type", "application/json"},
                           {"Authorization", "O-Bearer " + token}};
        request.body = body;
        auto const answer = calls::send(std::move(request),
                                        {options_.timeout, options_.attempts_max}, method == "GET");
        if (answer.status != unauthorized)
            return {answer.status >= ok && answer.status < redirection, calls::parse(answer.body)};
        tokens_->drop(token);
        if (again) throw client::Unavailable("PhonePe takes no token", false);
    }
}

std::expected<std::string, Declined> V2::open(Checkout const& checkout) const {
    constexpr std::chrono::seconds life_min{300};
    constexpr std::chrono::seconds life_max{3600};
    auto const body = json::serialize(json::object{
        {"merchantOrderId", checkout.reference},
        {"amount", checkout.amount.minor},
        {"expireAfter", std::clamp(checkout.life, life_min, life_max).count()},
        {"paymentFlow",
         {{"type", "PG_CHECKOUT"}, {"merchantUrls", {{"redirectUrl", checkout.return_url}}}}}});
    auto const answer = call("POST", "/checkout/v2/pay", body);
    auto url = text_in(answer.body, "redirectUrl");
    if (!answer.good) return std::unexpected(answer.declined());
    if (url.empty()) throw client::Unavailable("PhonePe's answer has no page", true);
    return url;
}

Report V2::report(std::string_view reference) const {
    auto const path = "/checkout/v2/order/" + std::string(reference) + "/status?details=false";
    auto const answer = call("GET", path, {});
    if (answer.not_found()) return {.standing = Standing::unknown, .ours = true};
    if (!answer.good) throw client::Unavailable("PhonePe answered " + answer.code(), true);
    auto const& attempt = last_attempt(answer.body);
    return {.standing = standing_of(text_in(answer.body, "state")),
            .ours = calls::is_or_absent(answer.body, "merchantOrderId", reference),
            .transaction = text_in(attempt, "transactionId"),
            .amount = calls::minor_in(answer.body, "amount"),
            .type = payment_type(text_in(attempt, "paymentMode")),
            .reason = text_in(answer.body, "errorCode") + " " +
                      text_in(answer.body, "detailedErrorCode")};
}

std::expected<RefundReport, Declined> V2::refund(Refunding const& wanted) const {
    auto const body = json::serialize(json::object{{"merchantRefundId", wanted.reference},
                                                   {"originalMerchantOrderId", wanted.payment},
                                                   {"amount", wanted.amount.minor}});
    auto const answer = call("POST", "/payments/v2/refund", body);
    if (!answer.good) return std::unexpected(answer.declined());
    return RefundReport{.standing = standing_of(text_in(answer.body, "state")),
                        .id = text_in(answer.body, "refundId")};
}

RefundReport V2::refund_report(std::string_view, std::string_view reference) const {
    auto const answer =
        call("GET", "/payments/v2/refund/" + std::string(reference) + "/status", {});
    if (answer.not_found()) return {.standing = Standing::unknown};
    if (!answer.good) throw client::Unavailable("PhonePe answered " + answer.code(), true);
    return {.standing = standing_of(text_in(answer.body, "state")),
            .id = text_in(answer.body, "refundId"),
            .reason = text_in(answer.body, "errorCode")};
}

}  // namespace cartwright::payments::phonepe
