#include "sandbox/control.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

namespace cartwright::sandbox {
namespace {

namespace json = boost::json;

http::Response answer(json::value const& value) {
    return {.body = json::serialize(value)};
}

http::Response refuse(std::string_view problem) {
    constexpr int bad_request = 400;
    return {.status = bad_request, .body = json::serialize(json::object{{"error", problem}})};
}

json::object shown(Gateway gateway, Conduct const& conduct) {
    return {{"gateway", to_string(gateway)},
            {"delay_ms", conduct.delay.count()},
            {"fail_next", conduct.fail_next},
            {"status", conduct.status},
            {"policy", conduct.policy},
            {"drop_after_work", conduct.drop_after_work},
            {"webhooks", conduct.webhooks},
            {"duplicate_webhooks", conduct.duplicate_webhooks},
            {"reorder_webhooks", conduct.reorder_webhooks}};
}

http::Response control(Front& front, http::Call const& call) {
    auto const* const wishes = call.body.json.if_object();
    if (call.body.state != http::Body::State::fine || wishes == nullptr)
        return refuse("the body is a JSON object");
    auto const* const named = wishes->if_contains("gateway");
    auto const gateway = std::ranges::find_if(gateways, [&](Gateway one) {
        return named != nullptr && named->is_string() && named->get_string() == to_string(one);
    });
    if (gateway == gateways.end()) return refuse("gateway is stripe, hubspot, paytm or phonepe");
    auto const changed = front.change(*gateway, *wishes);
    return changed ? answer(shown(*gateway, *changed)) : refuse(changed.error());
}

http::Response conducts(Front const& front) {
    json::array all;
    for (auto const gateway : gateways) all.push_back(shown(gateway, front.conduct(gateway)));
    return answer(all);
}

http::Response requests(Front const& front) {
    json::array all;
    for (auto const& one : front.requests()) {
        json::object headers;
        for (auto const& [name, value] : one.headers) headers[name] = value;
        all.push_back({{"at", to_iso(one.at)},
                       {"gateway", to_string(one.gateway)},
                       {"method", one.method},
                       {"target", one.target},
                       {"headers", std::move(headers)},
                       {"body", one.body}});
    }
    return answer(all);
}

http::Response deliveries(Webhooks const& webhooks) {
    json::array all;
    for (auto const& one : webhooks.deliveries())
        all.push_back({{"gateway", to_string(one.gateway)},
                       {"name", one.name},
                       {"url", one.url},
                       {"tries", one.tries},
                       {"status", one.status},
                       {"outcome", one.outcome}});
    return answer(all);
}

}  // namespace

void mount_control(http::Router& router, Front& front, Webhooks& webhooks,
                   std::function<void()> forget_all) {
    auto const add = [&](http::Method method, std::string_view path, std::string_view summary,
                         http::Handler handler) {
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::anyone,
                    .lane = http::Lane::read,
                    .doc = {.summary = summary, .tag = "Control"},
                    .handler = std::move(handler)});
    };
    add(http::Method::post, "/sandbox/control", "How a gateway is to misbehave",
        [&front](http::Call const& call) { return control(front, call); });
    add(http::Method::get, "/sandbox/control", "How each gateway misbehaves",
        [&front](http::Call const&) { return conducts(front); });
    add(http::Method::get, "/sandbox/requests", "The requests that came, oldest first",
        [&front](http::Call const&) { return requests(front); });
    add(http::Method::get, "/sandbox/webhooks", "The webhooks that were to be sent, oldest first",
        [&webhooks](http::Call const&) { return deliveries(webhooks); });
    add(http::Method::post, "/sandbox/reset", "Forget everything, behave again",
        [&front, &webhooks, forget_all = std::move(forget_all)](http::Call const&) {
            front.behave();
            front.forget_requests();
            webhooks.forget();
            forget_all();
            return answer(json::object{{"status", "reset"}});
        });
}

}  // namespace cartwright::sandbox
