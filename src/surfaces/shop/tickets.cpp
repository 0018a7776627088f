#include "surfaces/shop/tickets.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "platform/json/writer.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/common/tickets.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using support::Column, support::Support, support::TicketId;

constexpr std::array<std::pair<std::string_view, Column>, 10> order_fields{
    {{"id", Column::id},
     {"user_id", Column::user},
     {"subject", Column::subject},
     {"description", Column::description},
     {"status", Column::status},
     {"priority", Column::priority},
     {"category", Column::category},
     {"order_id", Column::order},
     {"created_at", Column::created_at},
     {"updated_at", Column::updated_at}}};

void write_ticket(json::Writer& w, support::Ticket const& ticket) {
    w.begin_object().field("user_id", ticket.user);
    common::write_ticket_fields(w, ticket);
    w.end_object();
}

http::Response shown(support::Ticket const& ticket) {
    http::Response response;
    json::Writer w(response.body);
    write_ticket(w, ticket);
    return response;
}

http::Response refused(support::Refusal refusal) {
    using enum support::Refusal;
    switch (refusal) {
        case unknown: return not_found();
        case closed: return error(400, "This ticket is closed");
        case too_many_messages: return error(400, "This ticket has as many messages as it may");
        case unknown_order:
        case too_many_tickets: break;  // of opening one, which admins do not
    }
    std::unreachable();
}

http::Response list(Support& support, http::Call const& call) {
    QueryReader reader(call.query);
    support::Filter filter{.status = reader.choice("status", support::statuses),
                           .priority = reader.choice("priority", support::priorities),
                           .category = reader.text("category")};
    if (auto const user = reader.integer("user_id")) filter.user = UserId{*user};
    // Newest first; of several fields the first counts.
    support::Ordering ordering{.by = Column::id, .descending = true};
    if (auto const sent = reader.ordering("Tickets", order_fields); !sent.empty())
        ordering = {.by = sent.front().first, .descending = sent.front().second};
    if (!reader.fine()) return reader.bad_request();
    return paged(call, support.count(filter),
                 [&](json::Writer& w, std::int64_t first, std::int64_t size) {
                     for (auto const& ticket : support.list(filter, ordering, first, size))
                         write_ticket(w, ticket);
                 });
}

http::Response show(Support& support, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const ticket = id ? support.find(TicketId{*id}, std::nullopt) : std::nullopt;
    return ticket ? shown(*ticket) : not_found();
}

/// What is wrong with a body is said of a ticket that there is. Source: drf-oracle.
http::Response bad_fields(Support& support, TicketId id, http::FieldReader const& in) {
    return support.find(id, std::nullopt) ? bad_request(in) : not_found();
}

http::Response answer(Support& support, http::Call const& call, std::size_t text_max) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    http::FieldReader in(call.body);
    auto const text = common::read_message(in, text_max);
    if (!in) return bad_fields(support, TicketId{*id}, in);
    auto const written = support.answer(TicketId{*id}, text, common::actor_of(call));
    if (!written) return refused(written.error());
    http::Response response{.status = 201};
    json::Writer w(response.body);
    common::write_message(w, *written);
    return response;
}

http::Response set_status(Support& support, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    http::FieldReader in(call.body);
    std::vector<std::string_view> words;
    words.reserve(support::statuses.size());
    for (auto const& [word, status] : support::statuses) words.push_back(word);
    auto const word = in.choice("status", words);
    if (!in) return bad_fields(support, TicketId{*id}, in);
    auto const status =
        std::ranges::find(support::statuses, word, [](auto const& s) { return s.first; })->second;
    auto const changed = support.set_status(TicketId{*id}, status, common::actor_of(call));
    return changed ? shown(*changed) : refused(changed.error());
}

}  // namespace

void mount_tickets(http::Router& router, Support& support, std::size_t text_max) {
    using http::Lane, http::Method;
    auto const add = [&](Method method, std::string_view path, Lane lane, http::Doc doc,
                         auto handler) {
        doc.tag = "Administration";
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::admin,
                    .lane = lane,
                    .doc = std::move(doc),
                    .handler = handler,
                    .admin_noun = "support tickets"});
    };
    add(Method::get, "/api/v1/support/tickets/", Lane::scan,
        {.summary = "List support tickets, with the newest messages of each",
         .tag = {},
         .response = "TicketList",
         .errors = {{400, "FieldErrors"}, {404, "Detail"}},
         .query = {{"status", "string", "`OPEN`, `IN_PROGRESS`, `RESOLVED` or `CLOSED`."},
                   {"priority", "string", "`LOW`, `MEDIUM`, `HIGH` or `URGENT`."},
                   {"category", "string", "Only tickets of this category."},
                   {"user_id", "integer", "Only this user's tickets."},
                   {"ordering", "string", "A field of the list, `-` for descending: `-priority`."},
                   {"page", "integer", "From 1; `last` is the last one."},
                   {"page_size", "integer", "Tickets a page: 20, at most 100."}}},
        [&support](http::Call const& call) { return list(support, call); });
    add(Method::get, "/api/v1/support/tickets/<id>/", Lane::read,
        {.summary = "Get a support ticket with all its messages",
         .tag = {},
         .response = "ManagedTicket",
         .errors = {{404, "Detail"}}},
        [&support](http::Call const& call) { return show(support, call); });
    // An answer is a message, and a status a field: each may be sent under either name.
    for (std::string_view const path :
         {"/api/v1/support/tickets/<id>/answer/", "/api/v1/support/tickets/<id>/messages/"})
        add(Method::post, path, Lane::write,
            {.summary = "Answer a support ticket that is not closed",
             .tag = {},
             .request = "TicketReply",
             .success = 201,
             .response = "TicketMessage",
             .errors = {{400, "Error"}, {404, "Detail"}}},
            [&support, text_max](http::Call const& call) {
                return answer(support, call, text_max);
            });
    using Place = std::pair<Method, std::string_view>;
    for (auto const& [method, path] : {Place{Method::post, "/api/v1/support/tickets/<id>/status/"},
                                       Place{Method::patch, "/api/v1/support/tickets/<id>/"}})
        add(method, path, Lane::write,
            {.summary = "Set the status of a support ticket",
             .tag = {},
             .request = "TicketStatus",
             .response = "ManagedTicket",
             .errors = {{404, "Detail"}}},
            [&support](http::Call const& call) { return set_status(support, call); });
}

}  // namespace cartwright::shop
