#include "sandbox/stripe/gateway.hpp"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <utility>

#include "base/random.hpp"
#include "platform/client/client.hpp"
#include "platform/crypto/base64url.hpp"
#include "platform/crypto/digest.hpp"
#include "sandbox/pay_page.hpp"

namespace cartwright::sandbox::stripe {
namespace {

constexpr std::size_t key_bytes_max = 255;
constexpr int unauthorized = 401;

http::Response refuse(Problem const& problem) {
    return {.status = problem.status, .body = to_json(problem)};
}

http::Response fault(Conduct const& conduct) {
    constexpr int too_many = 429;
    if (conduct.status == too_many)
        return refuse({.status = conduct.status,
                       .message = "Too many requests hit the API too quickly.",
                       .code = "rate_limit"});
    return refuse({.status = conduct.status,
                   .type = "api_error",
                   .message = "An unknown error occurred (the sandbox was told to fail)."});
}

/// The key of "Bearer KEY" or of "Basic base64(KEY:)".
std::string key_of(http::Request const& request) {
    auto const given = request.header("Authorization").value_or("");
    constexpr std::string_view bearer = "Bearer ", basic = "Basic ";
    if (given.starts_with(bearer)) return std::string(given.substr(bearer.size()));
    if (!given.starts_with(basic)) return {};
    std::string encoded(given.substr(basic.size()));
    encoded.erase(encoded.find_last_not_of('=') + 1);
    for (char& c : encoded) c = c == '+' ? '-' : c == '/' ? '_' : c;
    auto const pair = crypto::from_base64url(encoded).value_or("");
    return pair.substr(0, pair.find(':'));
}

Problem bad_key(std::string_view key) {
    constexpr std::size_t shown = 8;
    return {.status = unauthorized,
            .message = fmt::format("Invalid API Key provided: {}****", key.substr(0, shown))};
}

}  // namespace

std::string signature(std::string_view secret, Instant at, std::string_view body) {
    auto const seconds = at.time_since_epoch().count();
    std::string code;
    crypto::HmacKey(secret).append_code(code, fmt::format("{}.{}", seconds, body));
    return fmt::format("t={},v1={}", seconds, crypto::to_hex(code));
}

Gateway::Gateway(Options options, Clock const& clock, Front& front, Webhooks& webhooks)
    : options_(std::move(options)),
      clock_(clock),
      front_(front),
      webhooks_(webhooks),
      account_(clock, options_.objects_max,
               [this](std::string const& type, std::string const& id, std::string event) {
                   send(type, id, std::move(event));
               }),
      idempotency_(options_.objects_max) {}

void Gateway::send(std::string const& type, std::string const& id, std::string event) {
    auto headers = [this, event]() -> Webhook::Headers {
        return {{"Content-Type", "application/json; charset=utf-8"},
                {"Stripe-Signature", signature(options_.webhook_secret, clock_.now(), event)}};
    };
    webhooks_.send({.gateway = sandbox::Gateway::stripe,
                    .name = type + " " + id,
                    .url = options_.webhook_url,
                    .body = std::move(event),
                    .headers = std::move(headers)});
}

/// A secret key may do anything; a publishable one, as in a browser, what the intent's own secret
/// vouches for.
std::expected<void, Problem> Gateway::admit(http::Call const& call, Form const& form) {
    auto const key = key_of(call.request);
    if (key.empty())
        return std::unexpected(
            Problem{.status = unauthorized, .message = "You did not provide an API key."});
    if (key.starts_with("pk_test_")) {
        auto const secret = form.text("client_secret");
        bool const names_one = !call.path_params.empty() && !secret.empty();
        auto const intent =
            names_one
                ? account_.retrieve(
                      call.path_text("id"),
                      {.form = Form(""), .base_url = {}, .request_id = {}, .idempotency_key = {}})
                : Result(std::unexpected(bad_key(key)));
        if (intent && crypto::equal_in_constant_time(text(*intent, "client_secret"), secret))
            return {};
        return std::unexpected(bad_key(key));
    }
    bool const known = options_.secret_key.empty()
                           ? key.starts_with("sk_test_") || key.starts_with("rk_test_")
                           : crypto::equal_in_constant_time(key, options_.secret_key);
    if (!known) return std::unexpected(bad_key(key));
    return {};
}

http::Response Gateway::answer(http::Call const& call, Operation const& operation) {
    Asked const asked{
        .form = Form(call),
        .base_url = std::string(call.request.base_url),
        .request_id = "req_" + random_hex(7),
        .idempotency_key = std::string(call.request.header("Idempotency-Key").value_or(""))};
    auto const finish = [&](http::Response response) {
        response.headers.emplace_back("Request-Id", asked.request_id);
        if (auto const version = call.request.header("Stripe-Version"))
            response.headers.emplace_back("Stripe-Version", *version);
        if (!asked.idempotency_key.empty())
            response.headers.emplace_back("Idempotency-Key", asked.idempotency_key);
        return response;
    };
    if (auto const admitted = admit(call, asked.form); !admitted)
        return finish(refuse(admitted.error()));
    auto const type = call.request.header("Content-Type").value_or("");
    if (!call.request.body.empty() && !type.starts_with("application/x-www-form-urlencoded"))
        return finish(refuse({.message = "Invalid request (check that your POST content type is "
                                         "application/x-www-form-urlencoded)."}));
    if (asked.idempotency_key.size() > key_bytes_max)
        return finish(refuse({.message = "Idempotency keys have 255 characters at most."}));
    auto const work = [&] {
        auto const id = call.path_params.empty() ? std::string_view{} : call.path_text("id");
        auto const done = operation(account_, id, asked);
        return done ? http::Response{.body = boost::json::serialize(*done)} : refuse(done.error());
    };
    if (call.request.method != http::Method::post || asked.idempotency_key.empty())
        return finish(work());
    auto const what = fmt::format("{}\n{}", call.request.path, call.request.body);
    return finish(idempotency_.answer_once(asked.idempotency_key, what, work));
}

void Gateway::add(http::Router& router, http::Method method, std::string_view path,
                  std::string_view summary, Operation operation) {
    router.add(
        {.method = method,
         .path = path,
         .access = http::Access::anyone,
         .lane = http::Lane::gateway,
         .doc = {.summary = summary, .tag = "Stripe"},
         .handler = front_.behind(sandbox::Gateway::stripe, fault,
                                  [this, done = std::move(operation)](http::Call const& call) {
                                      return answer(call, done);
                                  })});
}

void Gateway::mount(http::Router& router) {
    using http::Method;
    auto const by_id = [](Result (Account::*operation)(std::string_view, Asked const&)) {
        return [operation](Account& account, std::string_view id, Asked const& asked) {
            return (account.*operation)(id, asked);
        };
    };
    auto const found = [](Result (Account::*operation)(std::string_view)) {
        return [operation](Account& account, std::string_view id, Asked const&) {
            return (account.*operation)(id);
        };
    };
    auto const whole = [](Result (Account::*operation)(Asked const&)) {
        return [operation](Account& account, std::string_view, Asked const& asked) {
            return (account.*operation)(asked);
        };
    };
    constexpr std::string_view intents = "/v1/payment_intents", intent = "/v1/payment_intents/<id>";
    add(router, Method::post, intents, "Create a PaymentIntent", whole(&Account::create));
    add(router, Method::get, intents, "List PaymentIntents", whole(&Account::list));
    add(router, Method::get, intent, "A PaymentIntent", by_id(&Account::retrieve));
    add(router, Method::post, intent, "Change a PaymentIntent", by_id(&Account::update));
    add(router, Method::post, "/v1/payment_intents/<id>/confirm", "Pay", by_id(&Account::confirm));
    add(router, Method::post, "/v1/payment_intents/<id>/capture", "Capture what was authorised",
        by_id(&Account::capture));
    add(router, Method::post, "/v1/payment_intents/<id>/cancel", "Cancel a PaymentIntent",
        by_id(&Account::cancel));
    add(router, Method::post, "/v1/refunds", "Refund", whole(&Account::refund));
    add(router, Method::get, "/v1/refunds", "List refunds", whole(&Account::list_refunds));
    add(router, Method::get, "/v1/refunds/<id>", "A refund", found(&Account::retrieve_refund));
    add(router, Method::get, "/v1/charges/<id>", "A charge", found(&Account::retrieve_charge));
    add(router, Method::get, "/v1/events", "List events", whole(&Account::list_events));
    add(router, Method::get, "/v1/events/<id>", "An event", found(&Account::retrieve_event));
    router.add({.method = Method::get,
                .path = "/pay/stripe/<id>",
                .access = http::Access::anyone,
                .lane = http::Lane::gateway,
                .doc = {.summary = "The bank's question to the buyer", .tag = "Pay page"},
                .handler = [this](http::Call const& call) {
                    return show_question(call);
                }});
    router.add(
        {.method = Method::post,
         .path = "/pay/stripe/<id>",
         .access = http::Access::anyone,
         .lane = http::Lane::gateway,
         .doc = {.summary = "The buyer's answer, outcome=success or failure", .tag = "Pay page"},
         .handler = [this](http::Call const& call) {
             return settle(call);
         }});
}

http::Response Gateway::show_question(http::Call const& call) {
    Asked const asked{.form = Form(""), .base_url = {}, .request_id = {}, .idempotency_key = {}};
    auto const intent = account_.retrieve(call.path_text("id"), asked);
    if (!intent) return refuse(intent.error());
    if (text(*intent, "status") != "requires_action")
        return outcome_page("Stripe", "Nothing to do",
                            fmt::format("This payment is {}.", text(*intent, "status")));
    return pay_page({.gateway = "Stripe",
                     .amount = fmt::format("{} {}", with_two_places(number(*intent, "amount")),
                                           text(*intent, "currency")),
                     .order = std::string(text(*intent, "id")),
                     .action = "",
                     .pay = "Complete",
                     .decline = "Fail"});
}

http::Response Gateway::settle(http::Call const& call) {
    Asked const asked{.form = Form(call),
                      .base_url = std::string(call.request.base_url),
                      .request_id = {},
                      .idempotency_key = {}};
    auto const outcome = asked.form.get("outcome");
    if (outcome != "success" && outcome != "failure")
        return refuse(invalid("outcome", "outcome is success or failure").error());
    auto const before = account_.retrieve(call.path_text("id"), asked);
    auto const done = account_.settle(call.path_text("id"), outcome == "success", asked);
    if (!done) return refuse(done.error());
    auto const* const action = before->if_contains("next_action");
    auto const* const redirect =
        action->is_object() ? action->get_object().if_contains("redirect_to_url") : nullptr;
    auto const url =
        redirect == nullptr ? std::string_view{} : text(redirect->get_object(), "return_url");
    if (!url.starts_with("http://") && !url.starts_with("https://"))
        return outcome_page("Stripe", "Done",
                            fmt::format("This payment is {}.", text(*done, "status")));
    auto const fields = client::form_encode(
        {{"payment_intent", std::string(text(*done, "id"))},
         {"payment_intent_client_secret", std::string(text(*done, "client_secret"))},
         {"redirect_status", outcome == "success" ? "succeeded" : "failed"}});
    constexpr int see_other = 303;
    auto const joint = url.find('?') == std::string_view::npos ? '?' : '&';
    return {.status = see_other,
            .headers = {{"Location", fmt::format("{}{}{}", url, joint, fields)}}};
}

void Gateway::forget() {
    account_.forget();
    idempotency_.forget();
}

}  // namespace cartwright::sandbox::stripe
