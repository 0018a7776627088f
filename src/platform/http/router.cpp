#include "platform/http/router.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "platform/http/impl/plain_dialect.hpp"

namespace cartwright::http {

/// A segment's place in the tree. Literals are tried before the parameter.
struct Router::Node {
    std::map<std::string_view, std::unique_ptr<Node>> literals;
    std::unique_ptr<Node> parameter;
    std::vector<Route const*> routes;                  // of the path that ends here
    std::vector<std::vector<std::string_view>> names;  // of the parameters of each of them
};

namespace {

constexpr std::size_t parameters_max = 8;

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '<' && segment.back() == '>';
}

/// Takes the next segment off a path that begins with '/'.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    auto const segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

/// "/a/b/" and "/a/b" are one path.
std::string_view without_trailing_slash(std::string_view path) {
    if (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

Method as_routed(Method method) {
    return method == Method::head ? Method::get : method;
}

/// "/api/auth" is below "/api/auth/", too: a path works without its trailing slash.
bool is_below(std::string_view prefix, std::string_view path) {
    return path.starts_with(prefix) || path == without_trailing_slash(prefix);
}

}  // namespace

Response go_on(Lane lane, std::move_only_function<Response()> run) {
    check(lane != Lane::read, "what remains runs on no I/O thread");
    return {.rest = std::make_shared<Rest>(lane, std::move(run))};
}

Response finished(Response response) {
    while (auto const rest = std::exchange(response.rest, nullptr)) response = rest->run();
    return response;
}

Router::Router() : root_(std::make_unique<Node>()) {}
Router::~Router() = default;

void Router::add(Route route) {
    check(route.path.starts_with('/'), "a route's path begins with '/'");
    check(!route.idempotent || (route.method == Method::post && route.access != Access::anyone),
          "an idempotent route is a POST by somebody: a key belongs to its user");
    auto const& added = routes_.emplace_back(std::move(route));
    auto* node = root_.get();
    std::vector<std::string_view> names;
    for (auto rest = without_trailing_slash(added.path); !rest.empty();) {
        auto const segment = take_segment(rest);
        check(!segment.empty(), fmt::format("empty segment in the route {}", added.path));
        auto& next = is_parameter(segment) ? node->parameter : node->literals[segment];
        if (is_parameter(segment)) names.push_back(segment.substr(1, segment.size() - 2));
        if (!next) next = std::make_unique<Node>();
        node = next.get();
    }
    check(names.size() <= parameters_max, "too many parameters in a route");
    for (auto const* sibling : node->routes)
        check(sibling->method != added.method,
              fmt::format("the route {} {} is there twice", to_string(added.method), added.path));
    node->routes.push_back(&added);
    node->names.push_back(std::move(names));
}

void Router::speak(std::string_view prefix, Dialect const& dialect) {
    dialects_.emplace_back(prefix, &dialect);
    std::ranges::stable_sort(dialects_, std::greater{},
                             [](auto const& entry) { return entry.first.size(); });
}

Dialect const& Router::dialect(std::string_view path) const {
    for (auto const& [prefix, dialect] : dialects_)
        if (is_below(prefix, path)) return *dialect;
    return plain_dialect();
}

bool Router::speaks(std::string_view path) const {
    return std::ranges::any_of(dialects_,
                               [&](auto const& entry) { return is_below(entry.first, path); });
}

Router::Match Router::match(Method method, std::string_view path) const {
    if (!path.starts_with('/')) return {};
    std::array<std::string_view, parameters_max> values;
    std::size_t count = 0;
    auto const find = [&](auto const& self, Node const& node,
                          std::string_view rest) -> Node const* {
        if (rest.empty()) return node.routes.empty() ? nullptr : &node;
        auto const segment = take_segment(rest);
        if (segment.empty()) return nullptr;
        if (auto const next = node.literals.find(segment); next != node.literals.end())
            if (auto const* found = self(self, *next->second, rest)) return found;
        if (!node.parameter || count == parameters_max) return nullptr;
        values[count++] = segment;
        auto const* found = self(self, *node.parameter, rest);
        if (found == nullptr) --count;
        return found;
    };
    auto const* node = find(find, *root_, without_trailing_slash(path));
    if (node == nullptr) return {};
    Match match;
    match.siblings = &node->routes;
    for (std::size_t at = 0; at < node->routes.size(); ++at) {
        if (node->routes[at]->method != as_routed(method)) continue;
        match.route = node->routes[at];
        for (std::size_t i = 0; i < count; ++i)
            match.params.emplace_back(node->names[at][i], values[i]);
        break;
    }
    return match;
}

std::string_view Call::path_text(std::string_view name) const {
    auto const found =
        std::ranges::find(path_params, name, [](auto const& pair) { return pair.first; });
    check(found != path_params.end(), "a handler asks for a parameter of its route's path");
    return found->second;
}

std::optional<std::int64_t> Call::path_id(std::string_view name) const {
    auto const id = text::to_int(path_text(name));
    return id && *id > 0 ? id : std::nullopt;
}

}  // namespace cartwright::http
