#include "app/application.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/database.hpp"
#include "app/secret_key.hpp"
#include "base/check.hpp"
#include "base/text.hpp"
#include "features/crm/sync.hpp"
#include "platform/log/log.hpp"
#include "surfaces/common/duration_words.hpp"
#include "surfaces/customer/accounts.hpp"
#include "surfaces/customer/addresses.hpp"
#include "surfaces/customer/carts.hpp"
#include "surfaces/customer/orders.hpp"
#include "surfaces/customer/password_reset.hpp"
#include "surfaces/customer/payment_methods.hpp"
#include "surfaces/customer/payments.hpp"
#include "surfaces/customer/profile.hpp"
#include "surfaces/customer/search_history.hpp"
#include "surfaces/customer/service.hpp"
#include "surfaces/customer/sessions.hpp"
#include "surfaces/customer/tickets.hpp"
#include "surfaces/mails/account_mails.hpp"
#include "surfaces/mails/account_notices.hpp"
#include "surfaces/mails/order_mails.hpp"
#include "surfaces/ops/docs.hpp"
#include "surfaces/ops/media.hpp"
#include "surfaces/ops/metrics.hpp"
#include "surfaces/ops/openapi.hpp"
#include "surfaces/shop/audit_log.hpp"
#include "surfaces/shop/auth.hpp"
#include "surfaces/shop/carts.hpp"
#include "surfaces/shop/categories.hpp"
#include "surfaces/shop/coupons.hpp"
#include "surfaces/shop/order_changes.hpp"
#include "surfaces/shop/orders.hpp"
#include "surfaces/shop/outbox.hpp"
#include "surfaces/shop/payments.hpp"
#include "surfaces/shop/products.hpp"
#include "surfaces/shop/reports.hpp"
#include "surfaces/shop/stores.hpp"
#include "surfaces/shop/tickets.hpp"
#include "surfaces/shop/users.hpp"

namespace cartwright::app {
namespace {

using namespace std::chrono_literals;

std::size_t count(std::int64_t setting) {
    return static_cast<std::size_t>(setting);
}

std::chrono::seconds seconds(config::Duration duration) {
    return std::chrono::ceil<std::chrono::seconds>(duration);
}

identity::Options identity_options(config::Settings const& settings) {
    return {
        .secrets = secret_keys(settings),
        .shop = {seconds(settings.shop_access_ttl), seconds(settings.shop_refresh_ttl)},
        .customer = {seconds(settings.customer_access_ttl), seconds(settings.customer_refresh_ttl)},
        .legacy_token = seconds(settings.legacy_token_ttl),
        .otp = seconds(settings.otp_ttl),
        .link = seconds(settings.link_ttl),
        .refresh_grace = seconds(settings.refresh_grace),
        .lockout = seconds(settings.lockout_ttl),
        .failures_max = static_cast<int>(settings.login_failures_max),
        .password_cost = {.memory_kib = count(settings.password_hash_kib),
                          .passes = static_cast<unsigned>(settings.password_hash_passes)},
        .common_passwords = settings.common_passwords.empty()
                                ? identity::CommonPasswords()
                                : identity::CommonPasswords(settings.common_passwords)};
}

common::App app_of(config::Settings const& settings) {
    return {settings.brand, settings.app_scheme, settings.app_package};
}

jobs::OutboxOptions outbox_options(config::Settings const& settings) {
    return {.retry_first = seconds(settings.retry_first),
            .retry_max = seconds(settings.retry_max),
            .attempts_max = settings.outbox_attempts_max,
            .looks_max = settings.outbox_looks_max};
}

/// Null for none.
std::unique_ptr<crm::Connector> open_crm(config::Settings const& settings, Clock const& clock) {
    if (settings.crm == "none") return nullptr;
    if (settings.crm == "hubspot")
        return crm::hubspot({.base = settings.hubspot_api_base, .token = settings.hubspot_token});
    check(settings.crm == "webhook", "the settings were checked as they were loaded");
    return crm::webhook({.url = settings.crm_webhook_url, .secret = settings.crm_webhook_secret},
                        clock);
}

std::unique_ptr<media::Store> open_media(config::Settings const& settings) {
    return media::open({.url = settings.media_url.empty() ? "file:" + settings.data_dir + "/media"
                                                          : settings.media_url,
                        .timeout = settings.media_timeout,
                        .bytes_max = count(settings.upload_bytes_max),
                        .kept_bytes_max = count(settings.media_kept_bytes_max)});
}

http::Limits http_limits(config::Settings const& settings) {
    return {.header_bytes_max = count(settings.header_bytes_max),
            .body_bytes_max = count(settings.body_bytes_max),
            .upload_bytes_max = count(settings.upload_bytes_max),
            .connections_max = count(settings.connections_max),
            .header_timeout = seconds(settings.header_timeout),
            .body_timeout = seconds(settings.body_timeout),
            .write_timeout = seconds(settings.write_timeout),
            .idle_timeout = seconds(settings.idle_timeout),
            .drain_timeout = settings.drain_timeout,
            .scan_threads = count(settings.scan_threads),
            .scan_queue_max = count(settings.scan_queue_max),
            .hash_threads = count(settings.hash_threads),
            .hash_queue_max = count(settings.hash_queue_max),
            .gateway_threads = count(settings.gateway_threads),
            .gateway_queue_max = count(settings.gateway_queue_max)};
}

http::ServerOptions server_options(config::Settings const& settings) {
    return {.listen = settings.listen,
            .io_threads = count(settings.io_threads),
            .public_url = settings.public_url,
            .trusted_proxies = text::listed(settings.trusted_proxies),
            .require_https = settings.require_https,
            .tls_certificate = settings.tls_cert,
            .tls_key = settings.tls_key,
            .cors_origin = settings.cors_origin,
            .access_log = settings.access_log,
            .limits = http_limits(settings)};
}

http::Tiers tiers(config::Settings const& settings) {
    return {.anonymous = {settings.anonymous_per_minute, settings.anonymous_per_hour,
                          settings.anonymous_per_day},
            .standard = {settings.standard_per_minute, settings.standard_per_hour,
                         settings.standard_per_day},
            .premium = {settings.premium_per_minute, settings.premium_per_hour,
                        settings.premium_per_day}};
}

void log_failure(std::string_view job, std::string_view what) {
    log::error("job failed", {{"job", job}, {"problem", what}});
}

/// Subjects are ids and handlers' messages hold no personal data, so all of it may be logged.
void log_outbox_failure(jobs::OutboxItem const& item, std::string_view what) {
    log::warning("outbox item not done", {{"topic", item.topic},
                                          {"subject", item.subject_id},
                                          {"attempt", item.attempt},
                                          {"problem", what}});
}

}  // namespace

Application::Application(config::Settings const& settings)
    : settings_(settings),
      roles_(read_roles(settings.role)),
      nodes_(settings, metrics_),
      database_(open_database(settings)),
      outbox_(*database_, clock_, outbox_options(settings)),
      stores_(*database_, clock_),
      identity_(*database_, clock_, identity_options(settings), outbox_),
      catalog_(*database_, clock_),
      carts_(*database_, catalog_, clock_, {.lines_max = count(settings.cart_lines_max)}),
      coupons_(*database_, clock_),
      orders_(*database_, catalog_, carts_, coupons_, outbox_, clock_,
              {.lines_max = count(settings.order_lines_max),
               .listed_max = count(settings.orders_listed_max),
               .tells_crm = settings.crm != "none"}),
      addresses_(*database_, clock_, {.per_user_max = settings.addresses_max}),
      search_history_(*database_, clock_, {.kept_max = settings.searches_kept}),
      payments_(*database_, orders_, outbox_, clock_,
                {.reconcile_after = seconds(settings.reconcile_after)}),
      stripe_(payments_, orders_,
              {.api_base = settings.stripe_api_base,
               .secret_key = settings.stripe_secret_key,
               .timeout = settings.gateway_timeout},
              text::listed(settings.stripe_webhook_secret), clock_),
      page_gateways_(settings, payments_, clock_),
      cards_(*database_, clock_, {.per_kind_max = settings.payment_methods_max}),
      upi_ids_(*database_, clock_, {.per_kind_max = settings.payment_methods_max}),
      support_(
          *database_, orders_, clock_,
          {.per_user_max = settings.tickets_max, .messages_max = settings.ticket_messages_max}),
      reports_(*database_),
      media_(open_media(settings)),
      images_(*media_),
      portraits_(*media_, "profile/"),
      crm_(open_crm(settings, clock_)),
      mailer_(mail::open(
          settings.mail_url.empty() ? "file:" + settings.data_dir + "/mail" : settings.mail_url,
          settings.mail_timeout)),
      pages_(app_of(settings)),
      product_cards_(*database_, catalog_, {.cache = settings.cache}),
      kept_pages_(catalog_, product_cards_, {.cache = settings.cache}),
      authenticator_(identity_),
      health_(parts()),
      idempotency_(*database_, clock_,
                   {.ttl = seconds(settings.idempotency_ttl),
                    .running_max = seconds(settings.idempotency_running_max),
                    .answer_bytes_max = count(settings.idempotency_bytes_max)}),
      rate_store_(count(settings.rate_limit_keys_max)),
      rate_limiter_(rate_store_, clock_, tiers(settings), nodes_.rates()),
      server_(server_options(settings), router_, authenticator_, *database_, &metrics_,
              {.idempotency = &idempotency_,
               .rate_limiter = settings.rate_limits ? &rate_limiter_ : nullptr}) {
    nodes_.connect({identity_, catalog_, stores_, outbox_}, roles_);
    mount();
    handle_outbox();
}

Application::~Application() = default;

std::vector<ops::Part> Application::parts() {
    std::vector<ops::Part> parts{ops::database_part(*database_)};
    if (database_->replica_lag_max().count() != 0) parts.push_back(ops::replica_part(*database_));
    nodes_.add_to(parts);
    return parts;
}

void Application::mount() {
    if (roles_.web) {
        mount_shop();
        mount_customer();
        ops::mount_openapi(router_, ops::shop_surface);
        ops::mount_openapi(router_, ops::customer_surface);
        ops::mount_docs(router_);
        auto const& elsewhere = settings_.media_public_url;
        ops::mount_media(router_, images_, "/media/products/<name>", elsewhere);
        ops::mount_media(router_, portraits_, "/media/profile/<name>", elsewhere);
    }
    ops::mount_health(router_, health_, [this] { return server_.draining(); });
    ops::mount_metrics(router_, metrics_);
    ops::observe_database(metrics_, *database_);
}

void Application::mount_shop() {
    router_.speak(ops::shop_surface.prefix, shop_dialect_);
    shop::mount_auth(router_, identity_);
    shop::mount_stores(router_, stores_);
    shop::mount_categories(router_, catalog_, stores_);
    shop::mount_products(router_,
                         {*database_, catalog_, stores_, images_, product_cards_, kept_pages_});
    shop::mount_orders(router_, orders_, stores_);
    shop::mount_order_changes(router_, orders_);
    shop::mount_payments(router_, stripe_, orders_);
    shop::mount_payment_books(router_, payments_, orders_);
    shop::mount_coupons(router_, coupons_, stores_);
    shop::mount_reports(router_, reports_, stores_, clock_);
    shop::mount_carts(router_, carts_, stores_);
    shop::mount_audit_log(router_, *database_, identity_);
    shop::mount_users(router_, identity_);
    shop::mount_outbox(router_, *database_, outbox_, clock_);
    shop::mount_tickets(router_, support_, count(settings_.ticket_text_max));
}

void Application::mount_customer() {
    router_.speak(ops::customer_surface.prefix, customer_dialect_);
    customer::ProofLives const lives{.otp = seconds(settings_.otp_ttl)};
    customer::mount_service(router_, settings_.brand, [this] {
        auto const states = health_.states();
        return std::ranges::all_of(states,
                                   [](auto const& state) { return state.well || !state.required; });
    });
    customer::mount_accounts(router_, identity_, pages_, lives);
    customer::mount_password_reset(router_, identity_, pages_, lives);
    customer::mount_sessions(router_, identity_);
    customer::mount_profile(router_, {identity_, portraits_, carts_, orders_, addresses_,
                                      search_history_, cards_, upi_ids_, support_});
    customer::mount_addresses(router_, addresses_);
    customer::mount_search_history(router_, search_history_);
    customer::mount_payment_methods(router_, cards_, upi_ids_, clock_);
    customer::mount_tickets(router_, support_, count(settings_.ticket_text_max));
    customer::mount_carts(router_, {carts_, catalog_, coupons_, stores_});
    customer::mount_payments(
        router_, {payments_, orders_, pages_, page_gateways_.paytm(), page_gateways_.phonepe()});
    customer::mount_payment_history(router_, payments_, orders_);
    customer::mount_orders(router_, {orders_, carts_, addresses_, stores_, payments_});
    customer::mount_page_style(router_);
}

void Application::handle_outbox() {
    mails::Post const post{
        .mailer = *mailer_, .clock = clock_, .app = app_of(settings_), .from = settings_.mail_from};
    mails::handle_order_mails(outbox_, orders_, identity_, post);
    mails::handle_account_mails(outbox_, identity_, post,
                                {.otp = common::in_words(seconds(settings_.otp_ttl)),
                                 .link = common::in_words(seconds(settings_.link_ttl))});
    mails::handle_account_notices(outbox_, identity_, post);
    if (crm_) crm::handle_completed_orders(outbox_, *database_, orders_, identity_, *crm_);
    outbox_.on(identity::account_deleted_topic, [this](jobs::OutboxItem const& item, std::string&) {
        carts_.forget(UserId{item.subject_id});
        orders_.forget_person(UserId{item.subject_id});
        addresses_.forget(UserId{item.subject_id});
        search_history_.clear(UserId{item.subject_id});
        cards_.forget(UserId{item.subject_id});
        upi_ids_.forget(UserId{item.subject_id});
        support_.forget(UserId{item.subject_id});
        portraits_.remove(item.payload);
        return jobs::Handled::done;
    });
}

void Application::start() {
    nodes_.start();
    health_.ask();
    server_.start();
    if (roles_.worker) outbox_.start(log_outbox_failure);
    runner_ = std::make_unique<jobs::Runner>(jobs(), log_failure,
                                             jobs::Runner::Limits{1000, std::chrono::seconds(2)});
}

void Application::stop() {
    server_.stop();
    runner_.reset();
    outbox_.stop();
}

}  // namespace cartwright::app
