#include "sandbox/sandbox.hpp"

#include <utility>

#include "platform/http/server.hpp"
#include "sandbox/control.hpp"
#include "sandbox/pay_page.hpp"

namespace cartwright::sandbox {
namespace {

/// Nobody has an account with the house here: each gateway looks at its own credentials.
class NobodyKnown final : public http::Authenticator {
public:
    std::expected<http::Caller, http::Refusal> authenticate(http::Request const&) override {
        return std::unexpected(http::Refusal::no_credentials);
    }
};

/// What the server asks for and no route of the sandbox uses: its state is in memory.
class NoDatabase final : public db::Database {
public:
    bool post(db::Work) override { return false; }
    bool reads_block() const override { return false; }
    db::Engine engine() const override { return db::Engine::sqlite; }
    db::Stats stats() const override { return {}; }

protected:
    void run_read(std::function<void(db::Read&)> const&) override { refuse(); }
    void run_write(std::function<bool(db::Tx&)> const&) override { refuse(); }
    void run_together(std::function<bool(db::Tx&)> const&) override { refuse(); }

private:
    [[noreturn]] static void refuse() { throw db::Unavailable("the sandbox has no database"); }
};

http::ServerOptions server_options(std::string listen) {
    // Delays on demand hold a thread each, so there are more than work alone would want.
    constexpr std::size_t threads = 16;
    http::ServerOptions options{.listen = std::move(listen), .io_threads = 1, .access_log = false};
    options.limits.gateway_threads = threads;
    options.limits.connections_max = 1'000;
    options.limits.drain_timeout = std::chrono::seconds(2);
    return options;
}

}  // namespace

struct Sandbox::Impl {
    Impl(Options options, Clock const& clock)
        : front(clock),
          webhooks(front, options.webhooks),
          stripe(std::move(options.stripe), clock, front, webhooks),
          hubspot(std::move(options.hubspot), clock, front),
          paytm(std::move(options.paytm), clock, front, webhooks),
          phonepe(std::move(options.phonepe), clock, front, webhooks),
          server(server_options(std::move(options.listen)), router, nobody, database) {
        stripe.mount(router);
        hubspot.mount(router);
        paytm.mount(router);
        phonepe.mount(router);
        mount_page_files(router);
        mount_control(router, front, webhooks, [this] {
            stripe.forget();
            hubspot.forget();
            paytm.forget();
            phonepe.forget();
        });
    }

    Front front;
    Webhooks webhooks;
    stripe::Gateway stripe;
    hubspot::Gateway hubspot;
    paytm::Gateway paytm;
    phonepe::Gateway phonepe;
    NobodyKnown nobody;
    NoDatabase database;
    http::Router router;
    http::Server server;
};

Sandbox::Sandbox(Options options, Clock const& clock)
    : impl_(std::make_unique<Impl>(std::move(options), clock)) {}

Sandbox::~Sandbox() = default;

void Sandbox::start() {
    impl_->server.start();
}

void Sandbox::stop() {
    impl_->front.stop();
    impl_->server.stop();
    impl_->webhooks.stop();
}

void Sandbox::set_shop(std::string base_url) {
    impl_->webhooks.set_shop(std::move(base_url));
}

std::uint16_t Sandbox::port() const {
    return impl_->server.port();
}

}  // namespace cartwright::sandbox
