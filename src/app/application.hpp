#pragma once

#include <memory>

#include "app/nodes.hpp"
#include "app/page_gateways.hpp"
#include "app/roles.hpp"
#include "base/time.hpp"
#include "features/addresses/addresses.hpp"
#include "features/carts/carts.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog/images.hpp"
#include "features/coupons/coupons.hpp"
#include "features/crm/crm.hpp"
#include "features/identity/identity.hpp"
#include "features/orders/orders.hpp"
#include "features/payments/stripe_payments.hpp"
#include "features/reports/reports.hpp"
#include "features/search_history/search_history.hpp"
#include "features/stores/stores.hpp"
#include "features/support/support.hpp"
#include "features/wallet/wallet.hpp"
#include "platform/config/settings.hpp"
#include "platform/db/database.hpp"
#include "platform/http/idempotency.hpp"
#include "platform/http/rate_limiter.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"
#include "platform/jobs/outbox.hpp"
#include "platform/jobs/periodic.hpp"
#include "platform/mail/mail.hpp"
#include "platform/media/store.hpp"
#include "platform/metrics/registry.hpp"
#include "surfaces/customer/pages.hpp"
#include "surfaces/customer/words.hpp"
#include "surfaces/ops/health.hpp"
#include "surfaces/shop/kept_pages.hpp"
#include "surfaces/shop/product_cards.hpp"
#include "surfaces/shop/words.hpp"
#include "surfaces/token_authenticator.hpp"

namespace cartwright::app {

/// The whole program, put together by hand and in order: what is declared later may use what is
/// declared earlier.
class Application {
public:
    /// Opens the database (see `open_database`) and builds everything; nothing runs yet.
    explicit Application(config::Settings const& settings);
    ~Application();
    Application(Application const&) = delete;
    Application& operator=(Application const&) = delete;

    /// Starts jobs and server. Throws `std::runtime_error` where the address is taken.
    void start();
    /// Drains the server, then ends the jobs.
    void stop();

    /// See `http::Server::reload_certificate`.
    void reload_certificate() { server_.reload_certificate(); }

    std::uint16_t port() const { return server_.port(); }
    http::Router const& router() const { return router_; }
    identity::Identity& identity() { return identity_; }
    catalog::Catalog& catalog() { return catalog_; }
    stores::Stores& stores() { return stores_; }
    db::Database& database() { return *database_; }

private:
    std::vector<ops::Part> parts();
    void mount();
    void mount_shop();
    void mount_customer();
    void handle_outbox();
    std::vector<jobs::Periodic> jobs();
    void add_jobs_of_workers(std::vector<jobs::Periodic>& jobs);
    void measure_outbox();  ///< for `/metrics`, which asks no database

    SystemClock clock_;
    config::Settings settings_;
    Roles roles_;
    metrics::Registry metrics_;
    Nodes nodes_;
    std::unique_ptr<db::Database> database_;
    jobs::Outbox outbox_;

    stores::Stores stores_;
    identity::Identity identity_;
    catalog::Catalog catalog_;
    carts::Carts carts_;
    coupons::Coupons coupons_;
    orders::Orders orders_;
    addresses::Addresses addresses_;
    search_history::SearchHistory search_history_;
    payments::Payments payments_;
    payments::StripePayments stripe_;
    PageGateways page_gateways_;
    wallet::Cards cards_;
    wallet::UpiIds upi_ids_;
    support::Support support_;
    reports::Reports reports_;
    std::unique_ptr<media::Store> media_;
    catalog::Images images_;
    catalog::Images portraits_;            ///< of people
    std::unique_ptr<crm::Connector> crm_;  ///< null: none
    std::unique_ptr<mail::Mailer> mailer_;
    customer::Pages pages_;
    shop::ProductCards product_cards_;
    shop::KeptPages kept_pages_;

    shop::ShopDialect shop_dialect_;
    customer::CustomerDialect customer_dialect_;
    TokenAuthenticator authenticator_;
    ops::Health health_;
    http::Idempotency idempotency_;
    http::RateStore rate_store_;
    http::RateLimiter rate_limiter_;
    http::Router router_;
    http::Server server_;
    std::unique_ptr<jobs::Runner> runner_;
};

}  // namespace cartwright::app
