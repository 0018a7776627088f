#include "surfaces/common/tickets.hpp"

#include <algorithm>

namespace cartwright::common {
namespace {

constexpr std::size_t url_max = 500;

/// A link that a browser may be given: http or https, with a host, and nothing that ends a link.
bool is_web_url(std::string_view text) {
    auto const host = text.starts_with("https://")  ? text.substr(8)
                      : text.starts_with("http://") ? text.substr(7)
                                                    : std::string_view{};
    return !host.empty() && host.front() != '/' && std::ranges::none_of(host, [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '<' || c == '>' ||
               c == '\\' || c == '\x7f';
    });
}

}  // namespace

support::Text read_message(http::FieldReader& in, std::size_t length_max) {
    support::Text read{.text = in.text("message", {.length_max = length_max})};
    if (in.is_null("attachment_url")) return read;
    auto url = in.maybe_text("attachment_url", {.length_max = url_max, .blank_allowed = true});
    if (!url || url->empty()) return read;
    if (!in.has_problem("attachment_url") && !is_web_url(*url))
        in.problem("attachment_url", "Enter a valid URL.");
    read.attachment_url = std::move(url);
    return read;
}

void write_message(json::Writer& w, support::Message const& message) {
    w.begin_object().field("id", message.id).field("message", message.what.text);
    w.field("is_user_message", !message.by_staff).field("timestamp", message.at);
    w.field("attachment_url", message.what.attachment_url).end_object();
}

void write_ticket_fields(json::Writer& w, support::Ticket const& ticket) {
    auto const& question = ticket.question;
    w.field("id", ticket.id).field("subject", question.subject);
    w.field("description", question.description).field("status", to_string(ticket.status));
    w.field("priority", to_string(question.priority)).field("category", question.category);
    w.field("order_id", question.order).field("created_at", ticket.created_at);
    w.field("updated_at", ticket.updated_at).key("messages").begin_array();
    for (auto const& message : ticket.messages) write_message(w, message);
    w.end_array();
}

}  // namespace cartwright::common
