#include <array>

#include "base/text.hpp"
#include "platform/config/settings.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::config {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array units{Unit{"d", 86'400'000}, Unit{"h", 3'600'000}, Unit{"m", 60'000},
                           Unit{"s", 1'000}, Unit{"ms", 1}};

/// postgresql://host/db?password=***
std::string without_query_password(std::string url) {
    constexpr std::string_view name = "password=";
    for (auto at = url.find('?'); at != std::string::npos; at = url.find('&', at)) {
        ++at;
        auto const parameter = std::string_view(url).substr(at);
        if (!parameter.substr(0, parameter.find('&')).contains(name)) continue;
        auto const value = url.find('=', at) + 1;
        auto const end = std::min(url.find('&', value), url.size());
        url.replace(value, end - value, "***");
    }
    return url;
}

/// postgresql://user:***@host/db
std::string without_password(std::string const& given) {
    auto const url = without_query_password(given);
    auto const scheme = url.find("://");
    auto const at = url.rfind('@');
    if (scheme == std::string::npos || at == std::string::npos) return url;
    auto const colon = url.find(':', scheme + 3);
    if (colon == std::string::npos || colon > at) return url;
    return url.substr(0, colon + 1) + "***" + url.substr(at);
}

/// As a TOML value: its basic strings escape as JSON does.
std::string shown(Setting const& setting, Settings const& settings) {
    struct Show {
        Setting const& setting;
        Settings const& settings;
        std::string operator()(std::string Settings::* member) const {
            auto const& text = settings.*member;
            switch (setting.shown) {
                case Shown::plainly: return json::quoted(text);
                case Shown::masked: return json::quoted(text.empty() ? "" : "***");
                case Shown::without_password: return json::quoted(without_password(text));
            }
            return {};
        }
        std::string operator()(bool Settings::* member) const {
            return settings.*member ? "true" : "false";
        }
        std::string operator()(std::int64_t Settings::* member) const {
            return std::to_string(settings.*member);
        }
        std::string operator()(Duration Settings::* member) const {
            return json::quoted(to_string(settings.*member));
        }
    };
    return std::visit(Show{setting, settings}, setting.member);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    if (text == "0") return Duration(0);
    auto const digits = text.find_first_not_of("0123456789");
    if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
    auto const number = text::to_int(text.substr(0, digits));
    constexpr std::int64_t number_max = 1'000'000'000;  // keeps the product within 64 bits
    if (!number || *number > number_max) return std::nullopt;
    for (auto const& unit : units)
        if (text.substr(digits) == unit.name) return Duration(*number * unit.milliseconds);
    return std::nullopt;
}

std::string to_string(Duration duration) {
    if (duration.count() == 0) return "0";
    for (auto const& unit : units)
        if (duration.count() % unit.milliseconds == 0)
            return std::to_string(duration.count() / unit.milliseconds) + std::string(unit.name);
    return {};
}

std::string to_toml(Settings const& settings) {
    std::string out;
    for (auto const& setting : settings_table())
        out.append(setting.name).append(" = ").append(shown(setting, settings)).append("\n");
    return out;
}

std::string to_markdown() {
    Settings const defaults;
    std::string out = "| variable | in the file | default | meaning |\n| --- | --- | --- | --- |\n";
    for (auto const& setting : settings_table()) {
        out.append("| `CARTWRIGHT_");
        for (auto const c : setting.name)
            out.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
        out.append("` | `").append(setting.name).append("` | `");
        out.append(shown(setting, defaults)).append("` | ").append(setting.about).append(" |\n");
    }
    return out;
}

}  // namespace cartwright::config
