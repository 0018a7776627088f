#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "base/text.hpp"
#include "platform/config/settings.hpp"
#include "platform/log/log.hpp"

namespace cartwright::config {
namespace {

constexpr std::string_view prefix = "CARTWRIGHT_";

std::string variable_of(std::string_view name) {
    std::string variable(prefix);
    for (auto const c : name)
        variable.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
    return variable;
}

[[noreturn]] void refuse(std::string_view name, std::string const& expected) {
    throw Invalid("setting " + std::string(name) + " (" + variable_of(name) + "): expected " +
                  expected);
}

std::int64_t bounded(Setting const& setting, std::int64_t value, std::string const& shown_min,
                     std::string const& shown_max) {
    if (value < setting.min || value > setting.max)
        refuse(setting.name, "a value from " + shown_min + " to " + shown_max);
    return value;
}

std::optional<bool> parse_flag(std::string_view text) {
    for (auto const* yes : {"on", "true", "1", "yes"})
        if (text == yes) return true;
    for (auto const* no : {"off", "false", "0", "no"})
        if (text == no) return false;
    return std::nullopt;
}

/// Sets one setting from its text. The text itself is never repeated in a message: it may be a
/// secret.
class FromText {
public:
    FromText(Settings& settings, Setting const& setting, std::string_view text)
        : settings_(settings), setting_(setting), text_(text) {}

    void operator()(std::string Settings::* member) const {
        settings_.*member = std::string(text_);
    }
    void operator()(bool Settings::* member) const {
        auto const flag = parse_flag(text_);
        if (!flag) refuse(setting_.name, "on or off");
        settings_.*member = *flag;
    }
    void operator()(std::int64_t Settings::* member) const {
        auto const number = text::to_int(text_);
        if (!number) refuse(setting_.name, "a whole number");
        settings_.*member =
            bounded(setting_, *number, std::to_string(setting_.min), std::to_string(setting_.max));
    }
    void operator()(Duration Settings::* member) const {
        auto const duration = parse_duration(text_);
        if (!duration) refuse(setting_.name, "a duration such as 30s, 15m, 24h or 7d");
        bounded(setting_, duration->count(), to_string(Duration(setting_.min)),
                to_string(Duration(setting_.max)));
        settings_.*member = *duration;
    }

private:
    Settings& settings_;
    Setting const& setting_;
    std::string_view text_;
};

void set(Settings& settings, Setting const& setting, std::string_view text) {
    std::visit(FromText(settings, setting, text), setting.member);
}

Setting const* find(std::string_view name) {
    auto const table = settings_table();
    auto const found = std::ranges::find(table, name, &Setting::name);
    return found == table.end() ? nullptr : &*found;
}

std::string text_of(std::string_view name, toml::node const& node) {
    if (auto const text = node.value<std::string>(); node.is_string()) return *text;
    if (auto const number = node.value<std::int64_t>(); node.is_integer())
        return std::to_string(*number);
    if (auto const flag = node.value<bool>(); node.is_boolean()) return *flag ? "on" : "off";
    refuse(name, "a text, a whole number, or true or false");
}

void read_file(Settings& settings, std::string const& path) {
    if (!std::filesystem::is_regular_file(path))
        throw Invalid("cannot read the settings file " + path);
    try {
        for (auto const& [key, node] : toml::parse_file(path)) {
            auto const* const setting = find(key.str());
            if (setting == nullptr)
                throw Invalid("unknown setting " + std::string(key.str()) + " in " + path);
            set(settings, *setting, text_of(key.str(), node));
        }
    } catch (toml::parse_error const& error) {
        throw Invalid("the settings file " + path + " is not TOML (line " +
                      std::to_string(error.source().begin.line) + ")");
    }
}

bool is_name(std::string_view text, std::string_view marks) {
    auto const is_plain = [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    };
    return !text.empty() && std::ranges::all_of(text, is_plain);
}

void check_mail(Settings const& settings) {
    auto const& url = settings.mail_url;
    if (!url.empty() && !(url.starts_with("file:") && url.size() > 5) &&
        !url.starts_with("smtp://") && !url.starts_with("smtps://"))
        refuse("mail_url", "file:DIR, smtp://host:port or smtps://host:port");
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

void check_replica(Settings const& settings) {
    auto const& pooler = settings.database_pooler;
    if (pooler != "auto" && pooler != "on" && pooler != "off")
        refuse("database_pooler", "auto, on or off");
    auto const& url = settings.database_replica_url;
    if (url.empty()) return;
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://"))
        refuse("database_replica_url", "postgresql://…");
    if (settings.database_url.starts_with("sqlite:"))
        refuse("database_replica_url", "nothing, for SQLite has no replicas");
}

/// What one setting's value alone cannot tell.
void check_values(Settings const& settings) {
    auto const& url = settings.database_url;
    if (!url.starts_with("sqlite:") && !url.starts_with("postgresql://") &&
        !url.starts_with("postgres://"))
        refuse("database_url", "sqlite:PATH or postgresql://…");
    check_replica(settings);
    auto const colon = settings.listen.rfind(':');
    auto const port = colon == std::string::npos
                          ? std::nullopt
                          : text::to_int(std::string_view(settings.listen).substr(colon + 1));
    if (!port || *port < 0 || *port > 65535 || colon == 0) refuse("listen", "host:port");
    if (settings.public_url.ends_with('/')) refuse("public_url", "no trailing slash");
    if (!settings.public_url.empty() && !settings.public_url.starts_with("http://") &&
        !settings.public_url.starts_with("https://"))
        refuse("public_url", "a URL that begins with http:// or https://");
    if (settings.tls_cert.empty() != settings.tls_key.empty())
        refuse(settings.tls_cert.empty() ? "tls_cert" : "tls_key",
               "a file, as its companion names one");
    check_mail(settings);
    if (!log::parse(settings.log))
        refuse("log", "text or json, and debug, info, warning or error, as in json:info");
    constexpr std::size_t key_bytes_min = 32;
    std::string_view keys = settings.secret_key;
    while (!keys.empty()) {
        auto const comma = keys.find(',');
        if (keys.substr(0, comma).size() < key_bytes_min)
            refuse("secret_key", "keys of at least 32 bytes, separated by commas");
        keys = comma == std::string_view::npos ? std::string_view{} : keys.substr(comma + 1);
    }
}

}  // namespace

std::map<std::string, std::string> environment() {
    std::map<std::string, std::string> found;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        std::string_view const line(*entry);
        auto const equals = line.find('=');
        if (!line.starts_with(prefix) || equals == std::string_view::npos) continue;
        found.emplace(line.substr(0, equals), line.substr(equals + 1));
    }
    return found;
}

Loaded load(std::optional<std::string> const& file,
            std::map<std::string, std::string> const& variables) {
    Loaded loaded;
    if (file) read_file(loaded.settings, *file);
    auto unknown = variables;
    for (auto const& setting : settings_table()) {
        auto const found = variables.find(variable_of(setting.name));
        if (found == variables.end()) continue;
        set(loaded.settings, setting, found->second);
        unknown.erase(found->first);
    }
    for (auto const& [name, value] : unknown)
        if (name != "CARTWRIGHT_ADMIN_PASSWORD" && !name.starts_with("CARTWRIGHT_TEST_"))
            loaded.warnings.push_back("unknown variable " + name + " is ignored");
    check_values(loaded.settings);
    return loaded;
}

}  // namespace cartwright::config
