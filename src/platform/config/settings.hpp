#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Settings: one table (table.cpp) says each one's name, type, default, bounds and purpose.
/// `cartwright config`,
/// `--help` and docs/settings.md print that table. Source: contract §1.
namespace cartwright::config {

using Duration = std::chrono::milliseconds;

/// Every effective setting. The initialisers are the defaults.
struct Settings {
    std::string listen = "127.0.0.1:8000";
    std::string database_url = "sqlite:var/cartwright.db";
    std::string redis_url;
    std::string redis_prefix = "cartwright:";
    std::string role = "web,worker";
    std::string database_replica_url;
    std::string database_pooler = "auto";
    std::string data_dir = "var";
    std::string media_url;
    std::string media_public_url;
    std::string secret_key;
    std::string public_url;
    std::string trusted_proxies;
    bool require_https = false;
    std::string tls_cert;
    std::string tls_key;
    std::string cors_origin = "*";
    std::string log = "text:info";
    bool access_log = true;
    bool cache = true;
    bool rate_limits = true;

    std::string stripe_secret_key;
    std::string stripe_webhook_secret;
    std::string stripe_api_base = "https://api.stripe.com";
    std::string paytm_mid;
    std::string paytm_key;
    std::string paytm_api_base = "https://secure.paytmpayments.com";
    std::string paytm_website = "DEFAULT";
    std::string phonepe_merchant_id;
    std::string phonepe_salt_key;
    std::string phonepe_salt_index = "1";
    std::string phonepe_api_base = "https://api.phonepe.com/apis/hermes";
    std::string phonepe_client_id;
    std::string phonepe_client_secret;
    std::string phonepe_client_version = "1";
    std::string phonepe_token_base = "https://api.phonepe.com/apis/identity-manager";
    std::string phonepe_webhook_user;
    std::string phonepe_webhook_password;
    std::string sandbox_listen = "127.0.0.1:8010";

    std::string mail_url;
    std::string mail_from = "no-reply@localhost";
    std::string brand = "S2Cart";
    std::string app_scheme = "s2cart";
    std::string app_package = "com.s2cart";

    std::string crm = "none";
    std::string hubspot_token;
    std::string hubspot_api_base = "https://api.hubapi.com";
    std::string crm_webhook_url;
    std::string crm_webhook_secret;

    Duration shop_access_ttl = std::chrono::minutes(15);
    Duration shop_refresh_ttl = std::chrono::days(1);
    Duration customer_access_ttl = std::chrono::days(7);
    Duration customer_refresh_ttl = std::chrono::days(30);
    Duration legacy_token_ttl = std::chrono::days(30);
    Duration otp_ttl = std::chrono::minutes(25);
    Duration link_ttl = std::chrono::hours(24);
    Duration refresh_grace = std::chrono::seconds(10);
    Duration lockout_ttl = std::chrono::minutes(60);
    Duration idempotency_ttl = std::chrono::hours(24);
    Duration idempotency_running_max = std::chrono::minutes(2);
    Duration reservation_ttl = std::chrono::minutes(60);
    Duration retry_first = std::chrono::seconds(1);
    Duration retry_max = std::chrono::hours(1);
    Duration payment_ttl = std::chrono::minutes(15);
    Duration gateway_timeout = std::chrono::seconds(15);
    Duration reconcile_after = std::chrono::seconds(60);
    Duration mail_timeout = std::chrono::seconds(30);
    Duration media_timeout = std::chrono::seconds(10);
    Duration redis_timeout = std::chrono::milliseconds(200);
    Duration redis_connect_timeout = std::chrono::seconds(1);
    Duration database_statement_timeout = std::chrono::seconds(30);
    Duration database_lock_timeout = std::chrono::seconds(10);
    Duration database_connection_wait = std::chrono::seconds(5);
    Duration database_connect_timeout = std::chrono::seconds(5);
    Duration database_network_timeout = std::chrono::seconds(10);
    Duration database_replica_lag_max = std::chrono::milliseconds(500);
    Duration drain_timeout = std::chrono::seconds(20);
    Duration header_timeout = std::chrono::seconds(10);
    Duration body_timeout = std::chrono::seconds(30);
    Duration write_timeout = std::chrono::seconds(30);
    Duration idle_timeout = std::chrono::seconds(75);

    std::int64_t io_threads = 0;
    std::int64_t connections_max = 10'000;
    std::int64_t header_bytes_max = 16 * 1024;
    std::int64_t body_bytes_max = 1024 * 1024;
    std::int64_t upload_bytes_max = 5 * 1024 * 1024;
    std::int64_t database_connections = 8;
    std::int64_t database_connections_extra = 4;
    std::int64_t redis_queue_max = 10'000;
    std::int64_t write_queue_max = 1024;
    std::int64_t write_batch_max = 64;
    std::int64_t scan_threads = 2;
    std::int64_t scan_queue_max = 256;
    std::int64_t hash_threads = 1;
    std::int64_t hash_queue_max = 64;
    std::int64_t gateway_threads = 32;
    std::int64_t gateway_queue_max = 256;
    std::int64_t login_failures_max = 5;
    std::string common_passwords;
    std::int64_t password_hash_kib = 19 * 1024;
    std::int64_t password_hash_passes = 2;
    std::int64_t cart_lines_max = 1000;
    std::int64_t order_lines_max = 1000;
    std::int64_t orders_listed_max = 1000;
    std::int64_t addresses_max = 100;
    std::int64_t searches_kept = 500;
    std::int64_t payment_methods_max = 50;
    std::int64_t tickets_max = 1000;
    std::int64_t ticket_messages_max = 100;
    std::int64_t ticket_text_max = 4000;
    std::int64_t idempotency_bytes_max = 1024 * 1024;
    std::int64_t rate_limit_keys_max = 100'000;
    std::int64_t anonymous_per_minute = 50;
    std::int64_t anonymous_per_hour = 1'000;
    std::int64_t anonymous_per_day = 10'000;
    std::int64_t standard_per_minute = 200;
    std::int64_t standard_per_hour = 5'000;
    std::int64_t standard_per_day = 50'000;
    std::int64_t premium_per_minute = 500;
    std::int64_t premium_per_hour = 10'000;
    std::int64_t premium_per_day = 100'000;
    std::int64_t media_kept_bytes_max = 64 * 1024 * 1024;
    std::int64_t import_bytes_max = 2'000'000'000;
    std::int64_t outbox_attempts_max = 24;
    std::int64_t outbox_looks_max = 1000;
};

/// How a setting is shown: a secret never is, a URL without its password.
enum class Shown { plainly, masked, without_password };

/// One line of the table.
struct Setting {
    using Member = std::variant<std::string Settings::*, bool Settings::*, std::int64_t Settings::*,
                                Duration Settings::*>;
    std::string_view name;  ///< in the file; the variable is CARTWRIGHT_ and this in capitals
    Member member;
    std::string_view about;
    std::int64_t min = 0;  ///< of an integer, or milliseconds of a duration
    std::int64_t max = 1'000'000'000;
    Shown shown = Shown::plainly;
};

std::span<Setting const> settings_table();

/// A setting that cannot be used; the sentence names it and never quotes a secret.
class Invalid : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

struct Loaded {
    Settings settings;
    std::vector<std::string> warnings;  ///< unknown CARTWRIGHT_… variables
};

/// The defaults, overridden by the TOML file where one is named, overridden by the environment.
/// Throws `Invalid` for an unknown key in the file or a malformed value anywhere.
Loaded load(std::optional<std::string> const& file,
            std::map<std::string, std::string> const& environment);

/// This process's CARTWRIGHT_… variables.
std::map<std::string, std::string> environment();

/// The effective settings as the text of a TOML file, with secrets masked.
std::string to_toml(Settings const& settings);

/// The table as Markdown: what docs/settings.md holds.
std::string to_markdown();

/// "30s", "15m", "24h", "7d", "250ms" or "0". Nothing for anything else.
std::optional<Duration> parse_duration(std::string_view text);
std::string to_string(Duration duration);

}  // namespace cartwright::config
