#include <algorithm>
#include <array>
#include <charconv>

#include "base/random.hpp"
#include "base/text.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/impl/dispatcher.hpp"
#include "platform/http/impl/percent.hpp"

namespace cartwright::http {
namespace {

constexpr std::size_t request_id_length_max = 128;
constexpr std::size_t host_length_max = 255;

bool is_request_id(std::string_view id) {
    return !id.empty() && id.size() <= request_id_length_max && std::ranges::all_of(id, [](char c) {
        return is_alnum(c) || c == '.' || c == '_' || c == '-';
    });
}

/// Host and port as they may stand in links of ours.
bool is_host(std::string_view host) {
    constexpr std::string_view marks = ".-_:[]";
    return !host.empty() && host.size() <= host_length_max &&
           std::ranges::all_of(host, [&](char c) {
               return is_alnum(c) || marks.find(c) != std::string_view::npos;
           });
}

/// Ours: random once a thread, then counted on. It names a request in the log and guards nothing.
void append_own_id(std::string& id) {
    thread_local std::string const prefix = random_hex(6);
    thread_local std::uint64_t count = 0;
    std::array<char, 16> digits;
    auto const [end, error] = std::to_chars(digits.begin(), digits.end(), ++count, 16);
    id.append(prefix).append("-").append(digits.data(), end);
}

}  // namespace

void Dispatcher::open(Exchange& x) const {
    auto const& head = x.parser.head();
    x.path.clear();
    x.request.method = head.method.value_or(Method::get);
    x.request.headers = head.headers;
    x.request.body = {};
    name_request(x);
    if (!read_target(x) || !read_origin(x)) {
        x.close = true;
        if (!x.refusal) refuse(x, Refusal::malformed_request);
        return;
    }
    x.match = router_.match(x.request.method, x.path);
    if (!head.method) {
        x.match.route = nullptr;
        x.match.params.clear();
    }
    bool const plain = x.match.route != nullptr && x.match.route->plain_http;
    if (options_.require_https && !x.secure && !plain) {
        x.match = {};
        x.close = true;
        refuse(x, Refusal::not_allowed);
    }
}

void Dispatcher::name_request(Exchange& x) const {
    auto const sent = x.request.header("X-Request-ID");
    x.request_id.clear();
    if (sent && is_request_id(*sent)) {
        x.request_id = *sent;
    } else {
        append_own_id(x.request_id);
    }
    x.request.request_id = x.request_id;
}

bool Dispatcher::read_target(Exchange& x) const {
    auto target = x.parser.head().target;
    if (target == "*" && x.parser.head().method == Method::options) {
        x.path = "*";
        return x.query.emplace("").valid();
    }
    // The absolute form, as proxies send it (RFC 9112 §3.2.2): the path is what follows the
    // authority.
    for (std::string_view const scheme : {"http://", "https://"}) {
        if (target.size() < scheme.size() || !same_word(target.substr(0, scheme.size()), scheme))
            continue;
        target.remove_prefix(scheme.size());
        auto const slash = target.find('/');
        target = slash == std::string_view::npos ? "/" : target.substr(slash);
        break;
    }
    if (!target.starts_with('/')) return false;
    target = target.substr(0, target.find('#'));
    auto const question = target.find('?');
    append_decoded(x.path, target.substr(0, question), false);
    x.request.path = x.path;
    x.request.query_string =
        question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
    x.query.emplace(x.request.query_string);
    return x.query->valid() && x.path.find('\0') == std::string::npos && text::is_utf8(x.path);
}

bool Dispatcher::read_origin(Exchange& x) const {
    auto const host = x.request.header("Host");
    if (host && !host->empty() && !is_host(*host)) return false;
    bool const trusted = proxies_.trusts(x.peer);
    x.request.remote_address =
        trusted ? proxies_.client(x.peer, x.request.header("X-Forwarded-For").value_or(""))
                : x.peer;
    x.secure = x.over_tls ||
               (trusted && same_word(x.request.header("X-Forwarded-Proto").value_or(""), "https"));
    if (options_.public_url.empty()) {
        x.base_url.assign(x.secure ? "https://" : "http://").append(host.value_or("localhost"));
        x.request.base_url = x.base_url;
    } else {
        x.request.base_url = options_.public_url;
        if (x.request.base_url.ends_with('/')) x.request.base_url.remove_suffix(1);
    }
    return true;
}

}  // namespace cartwright::http
