#include "platform/http/impl/test_server.hpp"

#include <boost/json/serialize.hpp>

#include "platform/http/shared_body.hpp"

namespace cartwright::http {
namespace {

Route route(Method method, std::string_view path, Access access, Lane lane, Handler handler) {
    return {method, path, access, lane, {"", ""}, std::move(handler)};
}

Response show(Call const& call) {
    Response response;
    auto const& request = call.request;
    response.body =
        fmt::format("{} {}?{} base={} remote={} user={} body={}", to_string(request.method),
                    request.path, request.query_string, request.base_url, request.remote_address,
                    call.caller.user.value, boost::json::serialize(call.body.json));
    response.content_type = "text/plain";
    return response;
}

}  // namespace

Response TestDialect::refuse(Refusal refusal, RefusalContext const& context) const {
    auto const status = [&] {
        switch (refusal) {
            case Refusal::malformed_request: return 400;
            case Refusal::uri_too_long: return 414;
            case Refusal::headers_too_large: return 431;
            case Refusal::body_too_large: return 413;
            case Refusal::request_timeout: return 408;
            case Refusal::not_implemented: return 501;
            case Refusal::no_credentials:
            case Refusal::bad_authorization:
            case Refusal::bad_token:
            case Refusal::expired_token:
            case Refusal::user_gone: return 401;
            case Refusal::not_allowed: return 403;
            case Refusal::not_found: return 404;
            case Refusal::method_not_allowed: return 405;
            case Refusal::too_many_requests: return 429;
            case Refusal::bad_idempotency_key:
            case Refusal::reused_idempotency_key: return 400;
            case Refusal::idempotent_request_running:
            case Refusal::idempotent_answer_too_large: return 409;
            case Refusal::overloaded:
            case Refusal::unavailable: return 503;
            case Refusal::fault: return 500;
        }
        return 500;
    }();
    return {.status = status,
            .body = fmt::format("{{\"noun\":\"{}\",\"method\":\"{}\"}}", context.admin_noun,
                                context.method_name)};
}

TestServer::TestServer(db::Engine engine, ServerOptions options, Guards const& guards)
    : database(engine, std::span<db::Migration const>{}) {
    database->write([](db::Tx& tx) {
        tx.execute({"test.create", "CREATE TABLE counted (n BIGINT NOT NULL)"});
        tx.execute({"test.fill", "INSERT INTO counted (n) VALUES (0)"});
    });
    add_routes();
    add_slow_routes();
    add_routes_in_parts();
    router.speak("/", dialect);
    options.listen = "127.0.0.1:0";
    options.access_log = false;
    server = std::make_unique<Server>(std::move(options), router, authenticator, *database,
                                      &registry, guards);
    server->start();
}

TestServer::~TestServer() {
    gate.open();
    server->stop();
}

void TestServer::add_routes() {
    auto const things_body = [] {
        return "[\"" + std::string(5000, 'x') + "\"]";
    };
    auto const things = [=](Call const&) {
        return Response{.body = things_body()};
    };
    router.add(route(Method::get, "/open/", Access::anyone, Lane::read, show));
    router.add(route(Method::post, "/open/", Access::anyone, Lane::read, show));
    router.add(route(Method::get, "/things/", Access::user, Lane::read, things));
    auto listed = route(Method::get, "/tagged/", Access::anyone, Lane::read, things);
    listed.etag = true;
    router.add(std::move(listed));
    auto shared = route(Method::get, "/shared/", Access::anyone, Lane::read,
                        [body = std::make_shared<SharedBody const>(things_body())](Call const&) {
                            return Response{.shared = body};
                        });
    shared.etag = true;
    router.add(std::move(shared));
    auto created = route(Method::post, "/things/", Access::admin, Lane::write, show);
    created.admin_noun = "things";
    router.add(std::move(created));
    router.add(route(Method::get, "/things/<id>/", Access::user, Lane::read, show));
    router.add(route(Method::get, "/members/", Access::user, Lane::read, show));
    auto who = route(Method::get, "/who/", Access::anyone, Lane::read, show);
    who.optional_caller = true;
    router.add(std::move(who));
    auto upload = route(Method::post, "/upload/", Access::anyone, Lane::read, show);
    upload.doc.multipart = true;
    router.add(std::move(upload));
    auto health = route(Method::get, "/health/live", Access::anyone, Lane::read, show);
    health.from_memory = true;
    health.plain_http = true;
    router.add(std::move(health));
    router.add(route(Method::get, "/fault/", Access::anyone, Lane::read,
                     [](Call const&) -> Response { throw std::runtime_error("inner words"); }));
    router.add(route(Method::get, "/away/", Access::anyone, Lane::scan,
                     [](Call const&) -> Response { throw db::Unavailable("inner words"); }));
    router.add(route(Method::get, "/large/", Access::anyone, Lane::read, [](Call const&) {
        return Response{.body = std::string(8'000'000, 'x'), .content_type = "image/png"};
    }));
    router.add(route(Method::get, "/split/", Access::anyone, Lane::read, [](Call const&) {
        Response response{.status = 204};
        response.headers = {
            {"X-Good", "1"}, {"X-Bad", "a\r\nX-Injected: 1"}, {"Cache-Control", "max-age=5"}};
        return response;
    }));
}

void TestServer::add_slow_routes() {
    for (auto const& [path, lane] : {std::pair{"/slow/hash/", Lane::hash},
                                     {"/slow/scan/", Lane::scan},
                                     {"/slow/gateway/", Lane::gateway},
                                     {"/slow/write/", Lane::write}})
        router.add(route(Method::post, path, Access::anyone, lane, [this](Call const& call) {
            gate.pass();
            return show(call);
        }));
    router.add(route(Method::post, "/count/", Access::anyone, Lane::write, [this](Call const&) {
        count_one();
        return Response{.body = "{}"};
    }));
    router.add(route(Method::get, "/count/", Access::anyone, Lane::read, [this](Call const&) {
        auto const n = database->read([](db::Read& read) {
            return read.first({"test.counted", "SELECT n FROM counted"},
                              [](db::Row const& row) { return row.integer(0); });
        });
        return Response{.body = std::to_string(n.value_or(-1))};
    }));
}

void TestServer::count_one() {
    database->write([](db::Tx& tx) { tx.execute({"test.count", "UPDATE counted SET n = n + 1"}); });
}

/// One counts before and after it has passed the gate, the other goes on from an I/O thread.
void TestServer::add_routes_in_parts() {
    auto parts = route(Method::post, "/parts/", Access::anyone, Lane::gateway, [this](Call const&) {
        count_one();
        return go_on(Lane::gateway, [this] {
            gate.pass();
            return go_on(Lane::write, [this] {
                count_one();
                return Response{.body = "{}"};
            });
        });
    });
    parts.in_parts = true;
    router.add(std::move(parts));
    auto told = route(Method::post, "/told/", Access::anyone, Lane::read, [this](Call const& call) {
        return go_on(Lane::write, [this, body = call.request.body] {
            count_one();
            if (body == "broken") throw std::runtime_error("inner words");
            return Response{.body = std::string(body), .content_type = "text/plain"};
        });
    });
    told.from_memory = told.raw_body = true;
    router.add(std::move(told));
}

}  // namespace cartwright::http
