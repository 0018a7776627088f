#include "platform/config/impl/check_values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <utility>

#include "base/text.hpp"
#include "platform/crypto/base64.hpp"
#include "platform/log/log.hpp"

namespace cartwright::config {
namespace {

/// Calls `use` with each part of a comma-separated list, empty ones too.
template <class Use>
void each_part(std::string_view list, Use&& use) {
    while (!list.empty()) {
        auto const comma = list.find(',');
        use(list.substr(0, comma));
        list = comma == std::string_view::npos ? std::string_view{} : list.substr(comma + 1);
    }
}

bool is_name(std::string_view text, std::string_view marks) {
    auto const is_plain = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, is_plain);
}

bool is_http_url(std::string_view text) {
    for (std::string_view const scheme : {"http://", "https://"})
        if (text.starts_with(scheme) && text.size() > scheme.size())
            return text.find_first_of(" \t\r\n") == std::string_view::npos;
    return false;
}

/// What browsers send as Origin, or every one of them. One that is written otherwise never matches.
bool is_origin(std::string_view text) {
    if (text == "*" || text == "null") return true;
    constexpr std::string_view separator = "://";
    auto const at = text.find(separator);
    if (at == std::string_view::npos || !is_name(text.substr(0, at), "+-.")) return false;
    auto const host = text.substr(at + separator.size());
    return !host.empty() && host.find_first_of("/,?# \t\r\n") == std::string_view::npos;
}

void check_address(std::string_view name, std::string const& address) {
    auto const colon = address.rfind(':');
    auto const port = colon == std::string::npos
                          ? std::nullopt
                          : text::to_int(std::string_view(address).substr(colon + 1));
    if (!port || *port < 0 || *port > 65535 || colon == 0) refuse(name, "host:port");
}

/// An address or a network: 10.0.0.1, 10.0.0.0/8, ::1.
bool is_network(std::string_view entry) {
    auto const slash = entry.find('/');
    std::string const address(entry.substr(0, slash));
    std::array<unsigned char, 16> bytes{};
    bool const v4 = inet_pton(AF_INET, address.c_str(), bytes.data()) == 1;
    if (!v4 && inet_pton(AF_INET6, address.c_str(), bytes.data()) != 1) return false;
    if (slash == std::string_view::npos) return true;
    auto const bits = text::to_int(entry.substr(slash + 1));
    return bits && *bits >= 0 && *bits <= (v4 ? 32 : 128);
}

void check_database(Settings const& settings) {
    auto const is_postgres = [](std::string_view url) {
        return url.starts_with("postgresql://") || url.starts_with("postgres://");
    };
    auto const& url = settings.database_url;
    bool const sqlite = url.starts_with("sqlite:") && url != "sqlite:";
    if (!sqlite && !is_postgres(url)) refuse("database_url", "sqlite:PATH or postgresql://…");
    auto const& pooler = settings.database_pooler;
    if (pooler != "auto" && pooler != "on" && pooler != "off")
        refuse("database_pooler", "auto, on or off");
    auto const& replica = settings.database_replica_url;
    if (replica.empty()) return;
    if (!is_postgres(replica)) refuse("database_replica_url", "postgresql://…");
    if (sqlite) refuse("database_replica_url", "nothing, for SQLite has no replicas");
}

void check_serving(Settings const& settings) {
    for (auto const& word : text::split_at_commas(settings.role))
        if (word != "web" && word != "worker") refuse("role", "web, worker, or both with a comma");
    check_address("listen", settings.listen);
    check_address("sandbox_listen", settings.sandbox_listen);
    if (settings.public_url.ends_with('/')) refuse("public_url", "no trailing slash");
    if (!settings.public_url.empty() && !is_http_url(settings.public_url))
        refuse("public_url", "a URL that begins with http:// or https://");
    each_part(settings.trusted_proxies, [](std::string_view entry) {
        if (!entry.empty() && !is_network(entry))
            refuse("trusted_proxies", "addresses or networks such as 10.0.0.0/8, with commas");
    });
    if (settings.tls_cert.empty() != settings.tls_key.empty())
        refuse(settings.tls_cert.empty() ? "tls_cert" : "tls_key",
               "a file, as its companion names one");
    if (!is_origin(settings.cors_origin))
        refuse("cors_origin", "an origin such as https://shop.example, without a slash, or *");
}

/// Which kind of place a URL names; what reads it says what else is wrong.
void check_places(Settings const& settings) {
    auto const begins = [](std::string_view url, std::initializer_list<std::string_view> schemes) {
        return url.empty() || std::ranges::any_of(schemes, [&](std::string_view scheme) {
                   return url.starts_with(scheme) && url.size() > scheme.size();
               });
    };
    if (!begins(settings.redis_url, {"redis://", "rediss://", "unix://"}))
        refuse("redis_url", "redis://host:port, rediss://host:port or unix:///path");
    if (!begins(settings.media_url, {"file:", "s3://"}))
        refuse("media_url", "file:DIR or s3://KEY:SECRET@host/bucket");
    if (!begins(settings.mail_url, {"file:", "smtp://", "smtps://"}))
        refuse("mail_url", "file:DIR, smtp://host:port or smtps://host:port");
}

void check_mail(Settings const& settings) {
    auto const& from = settings.mail_from;
    auto const at = from.find('@');
    if (at == 0 || at == std::string::npos || at + 1 == from.size() || at != from.rfind('@') ||
        from.find_first_of(" \t\r\n<>\"") != std::string::npos)
        refuse("mail_from", "an e-mail address");
    if (settings.brand.empty() || settings.brand.find_first_of("\r\n") != std::string::npos)
        refuse("brand", "a name of one line");
    // These become parts of links: nothing in them may end one.
    if (!is_name(settings.app_scheme, "+-.")) refuse("app_scheme", "a URL scheme");
    if (!is_name(settings.app_package, "._")) refuse("app_package", "a package's name");
}

void check_gateways(Settings const& settings) {
    using Base = std::pair<std::string_view, std::string const&>;
    for (auto const& [name, url] : {Base{"stripe_api_base", settings.stripe_api_base},
                                    Base{"paytm_api_base", settings.paytm_api_base},
                                    Base{"phonepe_api_base", settings.phonepe_api_base},
                                    Base{"phonepe_token_base", settings.phonepe_token_base},
                                    Base{"hubspot_api_base", settings.hubspot_api_base}})
        if (!is_http_url(url)) refuse(name, "a URL that begins with http:// or https://");
    constexpr std::size_t paytm_key_bytes = 16;  // gateways: AES-128
    if ((!settings.paytm_mid.empty() || !settings.paytm_key.empty()) &&
        settings.paytm_key.size() != paytm_key_bytes)
        refuse("paytm_key", "16 characters");
    std::size_t keys = 0;
    std::size_t indices = 0;
    each_part(settings.phonepe_salt_key, [&](std::string_view) { ++keys; });
    each_part(settings.phonepe_salt_index, [&](std::string_view index) {
        if (!text::to_int(index)) refuse("phonepe_salt_index", "a number for each salt key");
        ++indices;
    });
    bool const by_salt =
        !settings.phonepe_merchant_id.empty() && settings.phonepe_client_id.empty();
    if (by_salt && keys == 0) refuse("phonepe_salt_key", "a key");
    if (keys != 0 && keys != indices) refuse("phonepe_salt_index", "a number for each salt key");
}

void check_crm(Settings const& settings) {
    if (settings.crm != "none" && settings.crm != "hubspot" && settings.crm != "webhook")
        refuse("crm", "none, hubspot or webhook");
    if (settings.crm == "hubspot" && settings.hubspot_token.empty())
        refuse("hubspot_token", "a token, as crm is hubspot");
    auto const& url = settings.crm_webhook_url;
    if ((settings.crm == "webhook" || !url.empty()) && !is_http_url(url))
        refuse("crm_webhook_url", "a URL that begins with http:// or https://");
    constexpr std::string_view prefix = "whsec_";
    auto const& secret = settings.crm_webhook_secret;
    if (settings.crm != "webhook" && secret.empty()) return;
    auto const key = secret.starts_with(prefix)
                         ? crypto::from_base64(std::string_view(secret).substr(prefix.size()))
                         : std::nullopt;
    if (!key || key->empty()) refuse("crm_webhook_secret", "whsec_ and Base64");
}

}  // namespace

std::string variable_of(std::string_view name) {
    std::string variable(prefix);
    for (auto const c : name)
        variable.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    return variable;
}

void refuse(std::string_view name, std::string const& expected) {
    throw Invalid("setting " + std::string(name) + " (" + variable_of(name) + "): expected " +
                  expected);
}

void check_values(Settings const& settings) {
    check_database(settings);
    if (settings.data_dir.empty()) refuse("data_dir", "a directory");
    check_serving(settings);
    check_places(settings);
    check_mail(settings);
    check_gateways(settings);
    check_crm(settings);
    if (!log::parse(settings.log))
        refuse("log", "text or json, and debug, info, warning or error, as in json:info");
    constexpr std::size_t key_bytes_min = 32;
    each_part(settings.secret_key, [](std::string_view key) {
        if (key.size() < key_bytes_min)
            refuse("secret_key", "keys of at least 32 bytes, separated by commas");
    });
}

}  // namespace cartwright::config
