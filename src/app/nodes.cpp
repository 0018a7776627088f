#include "app/nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "platform/log/log.hpp"

namespace cartwright::app {
namespace {

constexpr std::string_view sessions_topic = "sessions";
constexpr std::string_view products_topic = "products";
constexpr std::string_view everything_topic = "catalogue";
constexpr std::string_view lists_topic = "lists";
constexpr std::string_view stores_topic = "stores";
constexpr std::string_view outbox_topic = "outbox";

/// Ids in one message.
constexpr std::size_t told_at_once = 500;

redis::Options redis_options(config::Settings const& settings) {
    return {.address = redis::read_address(settings.redis_url),
            .prefix = settings.redis_prefix,
            .connect_timeout = settings.redis_connect_timeout,
            .command_timeout = settings.redis_timeout,
            .queue_max = static_cast<std::size_t>(settings.redis_queue_max)};
}

redis::OnChange log_change(std::string server, std::string_view lost, std::string_view back) {
    return [server = std::move(server), lost, back](std::string_view why) {
        if (why.empty())
            log::info(back, {{"redis", server}});
        else
            log::warning(lost, {{"redis", server}, {"problem", why}});
    };
}

/// Calls `use` with each number of "1 2 3".
template <class F>
void each_number(std::string_view text, F&& use) {
    while (!text.empty()) {
        auto const blank = std::min(text.find(' '), text.size());
        if (auto const number = text::to_int(text.substr(0, blank))) use(*number);
        text.remove_prefix(std::min(blank + 1, text.size()));
    }
}

template <class Id>
std::vector<Id> read_ids(std::string_view text) {
    std::vector<Id> ids;
    each_number(text, [&](std::int64_t number) { ids.push_back(Id{number}); });
    return ids;
}

/// `after` ends each message.
template <class Id>
void tell_ids(redis::Broadcast& news, std::string_view topic, std::span<Id const> ids,
              std::string_view after = {}) {
    std::string text;
    while (!ids.empty()) {
        auto const part = ids.first(std::min(ids.size(), told_at_once));
        text.clear();
        for (auto const id : part) fmt::format_to(std::back_inserter(text), "{} ", id.value);
        news.tell(topic, text.append(after));
        ids = ids.subspan(part.size());
    }
}

/// What a replica must show to be read for what is told: "@123". No number, so that nodes that know
/// nothing of it read past it.
std::string position_mark(db::Position position) {
    return position == 0 ? "" : fmt::format("@{}", position);
}

db::Position marked_position(std::string_view text) {
    auto const mark = text.rfind('@');
    if (mark == std::string_view::npos) return 0;
    return text::to_int(text.substr(mark + 1)).value_or(0);
}

void tell(redis::Broadcast& news, catalog::Changed const& changed) {
    if (changed.elsewhere) return;
    auto const position = position_mark(changed.position);
    if (changed.everything) news.tell(everything_topic, position);
    tell_ids(news, products_topic, changed.products, position);
    if (changed.store)
        news.tell(lists_topic, fmt::format("{} {}", changed.store.value, changed.version));
}

void hear_lists(catalog::Catalog& catalog, std::string_view payload) {
    std::array<std::int64_t, 2> store_and_version{};
    std::size_t read = 0;
    each_number(payload, [&](std::int64_t number) {
        if (read < store_and_version.size()) store_and_version[read++] = number;
    });
    catalog.hear({.store = StoreId{store_and_version[0]}, .version = store_and_version[1]});
}

}  // namespace

Nodes::Nodes(config::Settings const& settings, metrics::Registry& registry) {
    if (settings.redis_url.empty()) return;
    auto const options = redis_options(settings);
    auto const server = options.address.shown();
    client_ = std::make_unique<redis::Client>(
        options, log_change(server, "Redis is away: this node counts alone", "Redis is there"));
    news_ = std::make_unique<redis::Broadcast>(
        *client_, log_change(server, "Redis tells no news: this node asks the database",
                             "Redis tells the news"));
    rates_ = std::make_unique<http::SharedRates>(
        *client_,
        http::SharedRates::Options{.keys_max =
                                       static_cast<std::size_t>(settings.rate_limit_keys_max)},
        registry);
    observe(registry);
}

void Nodes::observe(metrics::Registry& registry) {
    auto const number = [&](std::string_view name, std::string_view about, auto read) {
        registry.observe(name, about, "",
                         [this, read] { return static_cast<double>(read(*this)); });
    };
    number("redis_up", "Whether Redis is there, for counts and for news.",
           [](Nodes const& nodes) { return nodes.client_->up() && nodes.news_->up(); });
    number("redis_commands_total", "Commands sent to Redis.",
           [](Nodes const& nodes) { return nodes.client_->counts().commands; });
    number("redis_commands_lost_total", "Commands that Redis never answered.",
           [](Nodes const& nodes) { return nodes.client_->counts().lost; });
    number("redis_commands_refused_total",
           "Commands not sent: Redis was away, or too many were under way.",
           [](Nodes const& nodes) { return nodes.client_->counts().refused; });
    number("redis_commands_waiting", "Commands under way.",
           [](Nodes const& nodes) { return nodes.client_->counts().waiting; });
    number("redis_news_told_total", "News told to other nodes.",
           [](Nodes const& nodes) { return nodes.news_->told(); });
    number("redis_news_heard_total", "News heard from other nodes.",
           [](Nodes const& nodes) { return nodes.news_->heard(); });
}

void Nodes::connect(Features const& features, Roles const& roles) {
    if (!news_) return;
    auto& news = *news_;
    auto& identity = features.identity;
    auto& catalog = features.catalog;
    auto& stores = features.stores;
    auto& outbox = features.outbox;
    identity.on_session_change(
        [&news](std::span<SessionId const> sessions) { tell_ids(news, sessions_topic, sessions); });
    catalog.on_change([&news](catalog::Changed const& changed) { tell(news, changed); });
    stores.on_change([&news] { news.tell(stores_topic, {}); });
    news.on(sessions_topic, [&identity](std::string_view payload) {
        identity.forget(read_ids<SessionId>(payload));
    });
    news.on(products_topic, [&catalog](std::string_view payload) {
        catalog.hear(
            {.products = read_ids<ProductId>(payload), .position = marked_position(payload)});
    });
    news.on(everything_topic, [&catalog](std::string_view payload) {
        catalog.hear({.everything = true, .position = marked_position(payload)});
    });
    news.on(lists_topic, [&catalog](std::string_view payload) { hear_lists(catalog, payload); });
    news.on(stores_topic, [&stores](std::string_view) { stores.forget(); });
    // A worker finds its own work; where all nodes are workers, each order would wake them all.
    if (!roles.worker) outbox.on_add([&news] { news.tell(outbox_topic, {}); });
    if (roles.worker) news.on(outbox_topic, [&outbox](std::string_view) { outbox.wake(); });
}

void Nodes::start() {
    if (!client_) return;
    news_->start();
    auto const timeout = client_->options().connect_timeout;
    if (client_->wait_until_up(timeout)) news_->wait_until_up(timeout);
}

void Nodes::add_to(std::vector<ops::Part>& parts) const {
    if (!client_) return;
    parts.push_back({.name = "redis",
                     .probe =
                         [this] {
                             if (!client_->up() || !news_->up())
                                 throw std::runtime_error("Redis is away");
                         },
                     .required = false});
}

}  // namespace cartwright::app
