#include "surfaces/customer/list_page.hpp"

#include <fmt/format.h>

#include <utility>

#include "base/text.hpp"
#include "platform/crypto/base64url.hpp"

namespace cartwright::customer {
namespace {

// So that no page's offset is beyond 64 bits.
constexpr std::int64_t page_number_max = 1'000'000'000'000;

/// A cursor says which page it leads to, in which order, and after which key: "3 -id 41".
std::string cursor_to(WantedPage const& wanted, std::string_view last_key) {
    std::string cursor;
    crypto::append_base64url(
        cursor, fmt::format("{} {}{} {}", wanted.number + 1, wanted.descending ? "-" : "",
                            wanted.field, last_key));
    return cursor;
}

/// Goes on where the cursor ends. False: it is none, or one of another order.
bool go_on(WantedPage& wanted, std::string_view cursor) {
    auto const text = crypto::from_base64url(cursor);
    if (!text || !text::is_utf8(*text) || text->find('\0') != std::string::npos) return false;
    auto const first = text->find(' ');
    auto const second = first == std::string::npos ? first : text->find(' ', first + 1);
    if (second == std::string::npos) return false;
    auto const number = text::to_int(std::string_view(*text).substr(0, first));
    auto const order = (wanted.descending ? "-" : "") + wanted.field;
    if (!number || *number < 2 || *number > page_number_max ||
        text->substr(first + 1, second - first - 1) != order)
        return false;
    wanted.number = *number;
    wanted.after = text->substr(second + 1);
    return true;
}

/// The list's own path and parameters, with `name` in the place of page and cursor.
std::string url_with(http::Call const& call, std::string_view name, std::string_view value) {
    auto const other = name == "page" ? "cursor" : "page";
    http::QueryParams const rest(call.query.with(other, std::nullopt));
    return fmt::format("{}?{}", call.request.path, rest.with(name, value));
}

}  // namespace

std::expected<WantedPage, http::Response> wanted_page(http::Call const& call,
                                                      std::span<std::string_view const> fields,
                                                      std::string_view ordering) {
    WantedPage wanted;
    auto const sent_order = text::trim(call.query.get("ordering").value_or(""));
    auto const order = sent_order.empty() ? ordering : sent_order;
    wanted.descending = order.starts_with('-');
    wanted.field = order.substr(wanted.descending ? 1 : 0);
    if (std::ranges::find(fields, wanted.field) == fields.end())
        return std::unexpected(
            field_error("ordering", fmt::format("\"{}\" is not a valid choice.", order)));
    if (auto const sent = call.query.get("page_size")) {
        auto const size = text::to_int(text::trim(*sent));
        if (size && *size > 0) wanted.size = std::min(*size, page_size_max);
    }
    if (auto const cursor = call.query.get("cursor"); cursor && !cursor->empty()) {
        if (!go_on(wanted, *cursor)) return std::unexpected(error(404, "Invalid cursor."));
    } else if (auto const sent = call.query.get("page")) {
        wanted.number = text::to_int(text::trim(*sent)).value_or(0);
        if (wanted.number < 1 || wanted.number > page_number_max)
            return std::unexpected(no_such_page());
    }
    return wanted;
}

bool beyond_end(WantedPage const& wanted, std::int64_t count) {
    return !wanted.after && wanted.number > 1 && wanted.offset() >= count;
}

http::Response no_such_page() {
    return error(404, "Invalid page.");
}

std::vector<http::QueryDoc> page_docs(std::string_view ordering) {
    return {{"page", "integer", "From 1."},
            {"page_size", "integer", "Rows a page: 20, at most 100."},
            {"cursor", "string", "The `next_cursor` of the page before, instead of `page`."},
            {"ordering", "string", ordering}};
}

void detail::write_pagination(json::Writer& w, http::Call const& call, WantedPage const& wanted,
                              FoundPage const& found) {
    auto const pages = std::max<std::int64_t>(1, (found.count + wanted.size - 1) / wanted.size);
    auto const has_next = found.last_key.has_value();
    auto const cursor = has_next ? std::optional(cursor_to(wanted, *found.last_key)) : std::nullopt;
    std::optional<std::string> next;
    if (has_next)
        next = wanted.after ? url_with(call, "cursor", *cursor)
                            : url_with(call, "page", std::to_string(wanted.number + 1));
    std::optional<std::string> previous;
    if (wanted.number > 1) previous = url_with(call, "page", std::to_string(wanted.number - 1));
    w.begin_object().field("page", wanted.number).field("page_size", wanted.size);
    w.field("total_pages", pages).field("total_count", found.count).field("has_next", has_next);
    w.field("has_previous", wanted.number > 1).field("next_url", next);
    w.field("previous_url", previous).field("next_cursor", cursor).end_object();
}

}  // namespace cartwright::customer
