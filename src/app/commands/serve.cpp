#include "app/commands/serve.hpp"

#include <fmt/core.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <utility>

#include "app/application.hpp"
#include "app/commands/sandbox.hpp"
#include "app/demo.hpp"
#include "app/listen.hpp"
#include "app/signals.hpp"
#include "platform/json/writer.hpp"
#include "platform/log/log.hpp"

namespace cartwright::app {
namespace {

std::string_view to_string(http::Access access) {
    switch (access) {
        case http::Access::anyone: return "anyone";
        case http::Access::user: return "user";
        case http::Access::admin: return "admin";
    }
    std::unreachable();
}

std::string_view to_string(http::Lane lane) {
    switch (lane) {
        case http::Lane::read: return "read";
        case http::Lane::write: return "write";
        case http::Lane::scan: return "scan";
        case http::Lane::hash: return "hash";
        case http::Lane::gateway: return "gateway";
    }
    std::unreachable();
}

std::string role_of(Invocation const& invocation) {
    auto const option = invocation.get("--role");
    if (!option) return invocation.settings.role;
    try {
        read_roles(*option);
    } catch (std::invalid_argument const& refused) {
        throw UsageError(fmt::format("--role: {}", refused.what()));
    }
    return *option;
}

/// A folder that goes with this object.
class TemporaryFolder {
public:
    TemporaryFolder() {
        auto name = (std::filesystem::temp_directory_path() / "cartwright-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error(fmt::format("{} cannot be made", name));
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;

    std::string const& path() const { return path_; }

private:
    std::string path_;
};

/// A certificate that cannot be used must not end a shop that serves with the old one.
void reload_certificate(Application& application, config::Settings const& settings) {
    try {
        application.reload_certificate();
        log::info(settings.tls_cert.empty() ? "there is no certificate to read again"
                                            : "certificate read again");
    } catch (std::runtime_error const& error) {
        log::error("the old certificate stays", {{"problem", error.what()}});
    }
}

}  // namespace

int run_serve(Invocation const& invocation) {
    auto settings = invocation.settings;
    settings.role = role_of(invocation);
    bool const demo = invocation.has("--demo");
    if (demo && !listens_on_loopback(settings.listen))
        throw UsageError(
            "--demo has a well-known admin, so it serves this machine alone: listen "
            "on 127.0.0.1");
    Signals const signals;
    log::configure(settings.log);
    std::optional<sandbox::Sandbox> sandbox;
    SystemClock const clock;
    if (demo && wants_sandbox(settings)) {
        sandbox.emplace(sandbox_options(with_sandbox(settings, {}), settings.sandbox_listen),
                        clock);
        sandbox->start();
        settings = with_sandbox(settings, base_url(settings.sandbox_listen, sandbox->port()));
    }
    Application application(settings);
    if (demo) prepare_demo(application, settings.data_dir);
    application.start();
    auto const url =
        base_url(settings.listen, application.port(), settings.tls_cert.empty() ? "http" : "https");
    log::info("serving", {{"url", url}, {"role", settings.role}, {"version", CARTWRIGHT_VERSION}});
    if (sandbox) sandbox->set_shop(url);
    if (demo) print_demo_welcome(url, sandbox ? settings.stripe_api_base : std::string{});
    while (signals.wait() == Signal::reload) reload_certificate(application, settings);
    log::info("draining");
    application.stop();
    if (sandbox) sandbox->stop();
    log::info("stopped");
    log::flush();
    return 0;
}

int run_routes(Invocation const& invocation) {
    // Whoever asks what the program can do need not have a shop yet, nor be given one.
    TemporaryFolder const folder;
    config::Settings settings;
    settings.data_dir = folder.path();
    settings.database_url = fmt::format("sqlite:{}/routes.db", folder.path());
    Application const application(settings);
    std::string out;
    json::Writer w(out);
    bool const as_json = invocation.has("--json");
    w.begin_array();
    for (auto const& route : application.router().routes()) {
        auto const method = http::to_string(route.method);
        if (as_json)
            w.begin_object()
                .field("method", method)
                .field("path", route.path)
                .field("access", to_string(route.access))
                .field("lane", to_string(route.lane))
                .field("summary", route.doc.summary)
                .end_object();
        else
            fmt::print("{:<7} {:<45} {:<7} {:<8} {}\n", method, route.path, to_string(route.access),
                       to_string(route.lane), route.doc.summary);
    }
    w.end_array();
    if (as_json) fmt::print("{}\n", out);
    return 0;
}

}  // namespace cartwright::app
