#include "sandbox/hubspot/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/random.hpp"
#include "base/text.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::sandbox::hubspot {
namespace {

namespace json = boost::json;

constexpr int unauthorized = 401, too_many = 429;

json::object error_body(std::string_view message) {
    constexpr std::size_t id_bytes = 8;
    return {{"status", "error"}, {"message", message}, {"correlationId", random_hex(id_bytes)}};
}

http::Response refuse(Problem const& problem) {
    auto body = error_body(problem.message);
    body["category"] = problem.category;
    return {.status = problem.status, .body = json::serialize(body)};
}

http::Response fault(Conduct const& conduct) {
    if (conduct.status != too_many)
        return refuse({.status = conduct.status,
                       .category = "INTERNAL_ERROR",
                       .message = "The sandbox was told to fail"});
    auto body =
        error_body("You have reached your " + text::to_lower_ascii(conduct.policy) + " limit.");
    body["errorType"] = "RATE_LIMIT";
    body["policyName"] = conduct.policy;
    return {.status = too_many, .body = json::serialize(body)};
}

/// As of a free account; the sandbox itself counts nothing.
void add_limits(http::Response& response) {
    for (auto const& [name, value] : {std::pair{"X-HubSpot-RateLimit-Max", "100"},
                                      {"X-HubSpot-RateLimit-Remaining", "99"},
                                      {"X-HubSpot-RateLimit-Interval-Milliseconds", "10000"},
                                      {"X-HubSpot-RateLimit-Daily", "250000"},
                                      {"X-HubSpot-RateLimit-Daily-Remaining", "249999"}})
        response.headers.emplace_back(name, value);
}

std::string_view id_property(http::Call const& call) {
    return call.query.get("idProperty").value_or("");
}

}  // namespace

Gateway::Gateway(Options options, Clock const& clock, Front& front)
    : options_(std::move(options)), front_(front), crm_(clock, options_.objects_max) {}

http::Response Gateway::answer(http::Call const& call, Operation const& operation) {
    constexpr std::string_view bearer = "Bearer ";
    auto const given = call.request.header("Authorization").value_or("");
    auto const token = given.starts_with(bearer) ? given.substr(bearer.size()) : std::string_view{};
    bool const known = options_.token.empty()
                           ? !token.empty()
                           : crypto::equal_in_constant_time(token, options_.token);
    if (!known)
        return refuse({.status = unauthorized,
                       .category = "INVALID_AUTHENTICATION",
                       .message = "Authentication credentials not found."});
    if (call.body.state != http::Body::State::fine)
        return refuse({.message = "Invalid input JSON"});
    for (std::string_view const name : {"type", "other_type"})
        for (auto const& [parameter, type] : call.path_params)
            if (parameter == name && std::ranges::find(Crm::types, type) == Crm::types.end())
                return refuse(
                    {.message = fmt::format("Unable to infer object type from: {}", type)});
    auto const done = operation(crm_, call);
    if (!done) return refuse(done.error());
    http::Response response{.status = done->status};
    if (!done->body.empty()) response.body = json::serialize(done->body);
    add_limits(response);
    return response;
}

void Gateway::add(http::Router& router, http::Method method, std::string_view path,
                  std::string_view summary, Operation operation) {
    router.add(
        {.method = method,
         .path = path,
         .access = http::Access::anyone,
         .lane = http::Lane::gateway,
         .doc = {.summary = summary, .tag = "HubSpot"},
         .handler = front_.behind(sandbox::Gateway::hubspot, fault,
                                  [this, done = std::move(operation)](http::Call const& call) {
                                      return answer(call, done);
                                  })});
}

void Gateway::mount(http::Router& router) {
    mount_objects(router);
    mount_batches(router);
}

void Gateway::mount_objects(http::Router& router) {
    using http::Call;
    using http::Method;
    constexpr std::string_view one = "/crm/v3/objects/<type>/<id>";
    add(router, Method::post, "/crm/v3/objects/<type>", "Create an object",
        [](Crm& crm, Call const& call) {
            return crm.create(call.path_text("type"), call.body.json);
        });
    add(router, Method::get, one, "An object", [](Crm& crm, Call const& call) {
        return crm.get(call.path_text("type"), call.path_text("id"), id_property(call));
    });
    add(router, Method::patch, one, "Change an object", [](Crm& crm, Call const& call) {
        return crm.change(call.path_text("type"), call.path_text("id"), id_property(call),
                          call.body.json);
    });
    add(router, Method::del, one, "Archive an object", [](Crm& crm, Call const& call) {
        return crm.archive(call.path_text("type"), call.path_text("id"));
    });
    add(router, Method::post, "/crm/v3/objects/<type>/search", "Find objects",
        [](Crm& crm, Call const& call) {
            return crm.search(call.path_text("type"), call.body.json);
        });
    add(router, Method::post, "/crm/v3/properties/<type>", "Create a property",
        [](Crm& crm, Call const& call) {
            return crm.add_property(call.path_text("type"), call.body.json);
        });
    auto const associate = [](Crm& crm, Call const& call) {
        return crm.associate(call.path_text("type"), call.path_text("id"),
                             call.path_text("other_type"), call.path_text("other_id"));
    };
    add(router, Method::put,
        "/crm/v4/objects/<type>/<id>/associations/default/<other_type>/<other_id>",
        "Associate two objects", [associate](Crm& crm, Call const& call) -> Result {
            auto const linked = associate(crm, call);
            if (!linked) return linked;
            return Done{.body = {{"status", "COMPLETE"},
                                 {"results", json::array{linked->body}},
                                 {"startedAt", crm.now()},
                                 {"completedAt", crm.now()}}};
        });
    add(router, Method::put, "/crm/v4/objects/<type>/<id>/associations/<other_type>/<other_id>",
        "Associate two objects, by type", associate);
    add(router, Method::get, "/crm/v4/objects/<type>/<id>/associations/<other_type>",
        "What an object is associated with", [](Crm& crm, Call const& call) {
            return crm.associations(call.path_text("type"), call.path_text("id"),
                                    call.path_text("other_type"));
        });
}

void Gateway::mount_batches(http::Router& router) {
    struct Row {
        Batch what;
        std::string_view path;
        std::string_view summary;
    };
    for (auto const& [what, path, summary] :
         std::array{Row{Batch::upsert, "/crm/v3/objects/<type>/batch/upsert", "Create or change"},
                    Row{Batch::create, "/crm/v3/objects/<type>/batch/create", "Create many"},
                    Row{Batch::update, "/crm/v3/objects/<type>/batch/update", "Change many"},
                    Row{Batch::read, "/crm/v3/objects/<type>/batch/read", "Read many"},
                    Row{Batch::archive, "/crm/v3/objects/<type>/batch/archive", "Archive many"}})
        add(router, http::Method::post, path, summary,
            [batch = what](Crm& crm, http::Call const& call) {
                return crm.batch(batch, call.path_text("type"), call.body.json);
            });
}

}  // namespace cartwright::sandbox::hubspot
