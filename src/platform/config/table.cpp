#include <array>

#include "platform/config/settings.hpp"

namespace cartwright::config {
namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t day = 24 * 3600 * second;
constexpr std::int64_t mebibyte = 1024 * 1024;

using S = Settings;

constexpr std::array table{
    Setting{"listen", &S::listen, "host:port to serve on"},
    Setting{"database_url", &S::database_url, "`sqlite:PATH` or `postgresql://…`", 0, 0,
            Shown::without_password},
    Setting{"data_dir", &S::data_dir, "media and the generated secret key"},
    Setting{"secret_key", &S::secret_key,
            "signs tokens; at least 32 bytes; comma-separated for rotation, the first signs "
            "(generated once into the data directory)",
            0, 0, Shown::masked},
    Setting{"public_url", &S::public_url,
            "base of absolute links, without a trailing slash (from the request's Host)"},
    Setting{"trusted_proxies", &S::trusted_proxies,
            "comma-separated addresses whose X-Forwarded-For and -Proto count (none)"},
    Setting{"require_https", &S::require_https,
            "refuse plain HTTP that no trusted proxy vouches for"},
    Setting{"cors_origin", &S::cors_origin, "the origin that browsers may call from, or *"},
    Setting{"log", &S::log, "`text` or `json`, and a level: `json:info`"},
    Setting{"access_log", &S::access_log, "a log line for each request"},
    Setting{"cache", &S::cache, "keep finished catalogue answers in memory"},
    Setting{"rate_limits", &S::rate_limits, "limit how often one caller may call"},

    Setting{"stripe_secret_key", &S::stripe_secret_key, "Stripe's key for this shop (no Stripe)", 0,
            0, Shown::masked},
    Setting{"stripe_webhook_secret", &S::stripe_webhook_secret,
            "checks Stripe's webhooks; comma-separated while it is rolled", 0, 0, Shown::masked},
    Setting{"stripe_api_base", &S::stripe_api_base, "where Stripe's API is"},
    Setting{"sandbox_listen", &S::sandbox_listen,
            "host:port of the sandbox, which `serve --demo` starts where no gateway is set"},

    Setting{"mail_url", &S::mail_url,
            "`file:DIR` (one .eml a mail), `smtp://user:pass@host:port` or `smtps://…` "
            "(mail/ in the data directory)",
            0, 0, Shown::without_password},
    Setting{"mail_from", &S::mail_from, "the address that mails come from"},
    Setting{"brand", &S::brand, "the shop's name, in mails and on pages"},
    Setting{"app_scheme", &S::app_scheme, "scheme of the links that open the app"},
    Setting{"app_package", &S::app_package, "the app's package, for Android and its store"},

    Setting{"shop_access_ttl", &S::shop_access_ttl, "life of a shop access token", second,
            30 * day},
    Setting{"shop_refresh_ttl", &S::shop_refresh_ttl, "life of a shop refresh token", second,
            365 * day},
    Setting{"customer_access_ttl", &S::customer_access_ttl, "life of a customer access token",
            second, 365 * day},
    Setting{"customer_refresh_ttl", &S::customer_refresh_ttl, "life of a customer refresh token",
            second, 365 * day},
    Setting{"legacy_token_ttl", &S::legacy_token_ttl, "life of a legacy token", second, 365 * day},
    Setting{"otp_ttl", &S::otp_ttl, "life of the six digits in a mail", second, day},
    Setting{"link_ttl", &S::link_ttl, "life of the link in a mail", second, 30 * day},
    Setting{"refresh_grace", &S::refresh_grace,
            "a used refresh token that comes again within this is an honest retry, later a theft",
            0, 600 * second},
    Setting{"lockout_ttl", &S::lockout_ttl, "how long too many failed logins lock an account",
            second, 30 * day},
    Setting{"idempotency_ttl", &S::idempotency_ttl,
            "how long the answer to a request with an Idempotency-Key is kept", 60 * second,
            365 * day},
    Setting{"idempotency_running_max", &S::idempotency_running_max,
            "after this long a request with an Idempotency-Key that never ended counts as dead",
            second, day},
    Setting{"reservation_ttl", &S::reservation_ttl,
            "an order unpaid for so long is cancelled and its stock put back; 0 is never", 0,
            3650 * day},
    Setting{"retry_first", &S::retry_first, "wait after the outbox's first failed try; it doubles",
            second, 3600 * second},
    Setting{"retry_max", &S::retry_max, "longest wait between two tries of the outbox", second,
            30 * day},
    Setting{"mail_timeout", &S::mail_timeout, "for handing over one mail", second, 100 * second},
    Setting{"drain_timeout", &S::drain_timeout, "how long a stop waits for running requests", 0,
            3600 * second},
    Setting{"header_timeout", &S::header_timeout, "for a whole request head", 100, 3600 * second},
    Setting{"body_timeout", &S::body_timeout, "for a whole request body", 100, 3600 * second},
    Setting{"write_timeout", &S::write_timeout, "for a client to take a whole answer", 100,
            3600 * second},
    Setting{"idle_timeout", &S::idle_timeout, "for a kept-alive connection to send again", 100,
            3600 * second},

    Setting{"io_threads", &S::io_threads, "event loops; 0 is one a core", 0, 256},
    Setting{"connections_max", &S::connections_max, "open connections", 1, 1'000'000},
    Setting{"header_bytes_max", &S::header_bytes_max, "a request's head", 1024, mebibyte},
    Setting{"body_bytes_max", &S::body_bytes_max, "a request's body", 1024, 64 * mebibyte},
    Setting{"upload_bytes_max", &S::upload_bytes_max, "a request that carries an image", 1024,
            64 * mebibyte},
    Setting{"database_connections", &S::database_connections,
            "PostgreSQL connections for requests, each with its thread", 1, 1000},
    Setting{"write_queue_max", &S::write_queue_max, "requests waiting to write", 1, 1'000'000},
    Setting{"write_batch_max", &S::write_batch_max, "SQLite: transactions sharing one commit", 1,
            1024},
    Setting{"scan_threads", &S::scan_threads, "threads for searches and reports", 1, 256},
    Setting{"scan_queue_max", &S::scan_queue_max, "searches and reports waiting", 1, 100'000},
    Setting{"hash_threads", &S::hash_threads, "threads for password hashing", 1, 256},
    Setting{"hash_queue_max", &S::hash_queue_max, "logins and registrations waiting", 1, 100'000},
    Setting{"login_failures_max", &S::login_failures_max,
            "failed logins in a row that lock an account", 1, 1000},
    Setting{"password_hash_kib", &S::password_hash_kib, "Argon2id memory, KiB", 8, 4 * mebibyte},
    Setting{"password_hash_passes", &S::password_hash_passes, "Argon2id passes", 1, 100},
    Setting{"cart_lines_max", &S::cart_lines_max, "different lines in one cart", 1, 10'000},
    Setting{"order_lines_max", &S::order_lines_max, "lines in one order", 1, 10'000},
    Setting{"orders_listed_max", &S::orders_listed_max,
            "orders in a list that asks for no page (the newest)", 1, 100'000},
    Setting{"idempotency_bytes_max", &S::idempotency_bytes_max,
            "an answer larger than this is not kept for its Idempotency-Key", 1024, 64 * mebibyte},
    Setting{"rate_limit_keys_max", &S::rate_limit_keys_max,
            "callers whose requests are counted; the longest silent is forgotten first", 1024,
            100'000'000},
    Setting{"anonymous_per_minute", &S::anonymous_per_minute,
            "requests of one address without credentials", 1},
    Setting{"anonymous_per_hour", &S::anonymous_per_hour, "ditto, an hour", 1},
    Setting{"anonymous_per_day", &S::anonymous_per_day, "ditto, a day", 1},
    Setting{"standard_per_minute", &S::standard_per_minute, "requests of a standard user", 1},
    Setting{"standard_per_hour", &S::standard_per_hour, "ditto, an hour", 1},
    Setting{"standard_per_day", &S::standard_per_day, "ditto, a day", 1},
    Setting{"premium_per_minute", &S::premium_per_minute, "requests of a premium user", 1},
    Setting{"premium_per_hour", &S::premium_per_hour, "ditto, an hour", 1},
    Setting{"premium_per_day", &S::premium_per_day, "ditto, a day", 1},
    Setting{"import_bytes_max", &S::import_bytes_max, "an import file, unpacked", 1024,
            100'000'000'000},
};

}  // namespace

std::span<Setting const> settings_table() {
    return table;
}

}  // namespace cartwright::config
