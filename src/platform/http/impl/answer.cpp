#include "platform/http/impl/answer.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/time.hpp"
#include "platform/http/impl/accept.hpp"
#include "platform/http/impl/ascii.hpp"
#include "platform/http/no_answer.hpp"
#include "platform/http/shared_body.hpp"
#include "platform/log/log.hpp"

namespace cartwright::http {
namespace {

std::string_view reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 301: return "Moved Permanently";
        case 302: return "Found";
        case 303: return "See Other";
        case 304: return "Not Modified";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 405: return "Method Not Allowed";
        case 406: return "Not Acceptable";
        case 408: return "Request Timeout";
        case 409: return "Conflict";
        case 410: return "Gone";
        case 413: return "Content Too Large";
        case 414: return "URI Too Long";
        case 415: return "Unsupported Media Type";
        case 422: return "Unprocessable Content";
        case 429: return "Too Many Requests";
        case 431: return "Request Header Fields Too Large";
        case 500: return "Internal Server Error";
        case 501: return "Not Implemented";
        case 502: return "Bad Gateway";
        case 503: return "Service Unavailable";
        case 504: return "Gateway Timeout";
        default: return "Unknown";
    }
}

void append_number(std::string& out, std::size_t number) {
    std::array<char, 24> digits;
    auto const [end, error] = std::to_chars(digits.begin(), digits.end(), number);
    out.append(digits.data(), end);
}

/// The time of day as headers have it, made anew once a second.
std::string const& date() {
    thread_local Instant shown{};
    thread_local std::string text;
    auto const now = SystemClock{}.now();
    if (now != shown) {
        shown = now;
        text = to_http_date(now);
    }
    return text;
}

std::string const* find_header(Response const& response, std::string_view name) {
    for (auto const& [key, value] : response.headers)
        if (same_word(key, name)) return &value;
    return nullptr;
}

std::string_view body_of(Response const& response) {
    return response.shared ? response.shared->plain() : response.body;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    // What a handler copied from a request must not end the line and begin another.
    auto const is_control = [](char c) {
        return static_cast<unsigned char>(c) < ' ' && c != '\t';
    };
    if (std::ranges::any_of(value, is_control)) {
        log::error("header with control characters left out", {{"header", name}});
        return;
    }
    out.append(name).append(": ").append(value).append("\r\n");
}

bool has_body(int status) {
    return status != 204 && status != 304;
}

/// What is said of an answer by its status alone, unless the handler said it.
void append_by_status(std::string& out, Response const& response) {
    if (response.status == 401 && find_header(response, "WWW-Authenticate") == nullptr)
        out.append("WWW-Authenticate: Bearer\r\n");
    if ((response.status == 503 || response.status == 429) &&
        find_header(response, "Retry-After") == nullptr)
        out.append("Retry-After: 1\r\n");
}

void append_rate(std::string& out, RateVerdict const& rate) {
    auto const line = [&](std::string_view name, std::int64_t number) {
        out.append(name);
        append_number(out, static_cast<std::size_t>(number));
        out.append("\r\n");
    };
    line("X-RateLimit-Limit: ", rate.limit);
    line("X-RateLimit-Remaining: ", rate.remaining);
    line("X-RateLimit-Reset: ", rate.reset);
}

}  // namespace

std::string standing_headers(std::string_view cors_origin) {
    std::string lines = "Access-Control-Allow-Origin: ";
    lines.append(cors_origin).append("\r\n");
    if (cors_origin != "*") lines.append("Vary: Origin\r\n");
    lines.append(
        "Access-Control-Expose-Headers: Allow, ETag, Idempotent-Replayed, Location, Retry-After, "
        "WWW-Authenticate, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, "
        "X-Request-ID\r\n"
        "X-Content-Type-Options: nosniff\r\n"
        "X-Frame-Options: DENY\r\n"
        "Referrer-Policy: no-referrer\r\n");
    return lines;
}

std::string allowed_methods(std::vector<Route const*> const& routes) {
    std::string allowed;
    auto const has = [&](Method method) {
        return std::ranges::any_of(routes,
                                   [&](auto const* route) { return route->method == method; });
    };
    for (auto const method : {Method::get, Method::post, Method::put, Method::patch, Method::del})
        if (has(method)) allowed.append(to_string(method)).append(", ");
    if (has(Method::get)) allowed.append("HEAD, ");
    return allowed.append("OPTIONS");
}

void finish_answer(Exchange& x, std::size_t gzip_bytes_min) {
    auto& response = x.response;
    auto& lines = x.cache_lines;
    bool const is_read = x.request.method == Method::get || x.request.method == Method::head;
    if (x.match.route != nullptr && x.match.route->etag && response.status == 200 && is_read) {
        auto const* own = find_header(response, "ETag");
        if (own == nullptr)
            lines.entity_tag = response.shared ? response.shared->tag() : entity_tag(response.body);
        auto const known = x.request.header("If-None-Match");
        if (known && matches_tag(*known, own != nullptr ? *own : lines.entity_tag)) {
            response.status = 304;
            response.body.clear();
            response.shared.reset();
        }
        lines.may_be_kept = find_header(response, "Cache-Control") == nullptr;
    }
    // What a POST answers may hold a token beside what was sent, and the length of the two
    // compressed together tells of the token (BREACH).
    if (!is_read || body_of(response).size() < gzip_bytes_min ||
        !is_compressible(response.content_type) ||
        find_header(response, "Content-Encoding") != nullptr)
        return;
    lines.depends_on_coding = true;
    auto const accepted = x.request.header("Accept-Encoding");
    if (!accepted || !accepts_gzip(*accepted)) return;
    response.body = response.shared ? response.shared->gzipped() : gzip(response.body);
    response.shared.reset();
    response.headers.emplace_back("Content-Encoding", "gzip");
}

std::size_t write_answer(Exchange const& x, std::string_view standing, std::string& out) {
    auto const& response = x.response;
    auto const& head = x.parser.head();
    if (response.status == no_answer) {
        out.append("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n");
        return 0;
    }
    out.append("HTTP/1.1 ");
    append_number(out, static_cast<std::size_t>(response.status));
    out.append(" ")
        .append(reason(response.status))
        .append("\r\nDate: ")
        .append(date())
        .append("\r\n");
    auto const body = body_of(response);
    if (has_body(response.status)) {
        if (!body.empty())
            out.append("Content-Type: ").append(response.content_type).append("\r\n");
        out.append("Content-Length: ");
        append_number(out, body.size());
        out.append("\r\n");
    }
    if (!x.request_id.empty()) out.append("X-Request-ID: ").append(x.request_id).append("\r\n");
    out.append(standing);
    for (auto const& [name, value] : response.headers) append_header(out, name, value);
    auto const& lines = x.cache_lines;
    if (!lines.entity_tag.empty()) out.append("ETag: ").append(lines.entity_tag).append("\r\n");
    if (lines.depends_on_coding) out.append("Vary: Accept-Encoding\r\n");
    if (lines.may_be_kept) {
        out.append("Cache-Control: private, no-cache\r\n");
    } else if (find_header(response, "Cache-Control") == nullptr) {
        out.append("Cache-Control: no-store\r\n");
    }
    append_by_status(out, response);
    if (x.secure) out.append("Strict-Transport-Security: max-age=31536000\r\n");
    if (x.rate) append_rate(out, *x.rate);
    if (x.close) {
        out.append("Connection: close\r\n");
    } else if (head.http_1_0) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
    if (head.method == Method::head || !has_body(response.status)) return 0;
    out.append(body);
    return body.size();
}

}  // namespace cartwright::http
