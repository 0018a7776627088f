#include "surfaces/customer/tickets.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "surfaces/common/tickets.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/list_page.hpp"

namespace cartwright::customer {
namespace {

using support::Column, support::Support;

constexpr std::size_t subject_max = 200;
constexpr std::size_t category_max = 50;

constexpr std::array<std::pair<std::string_view, Column>, 9> columns{
    {{"id", Column::id},
     {"subject", Column::subject},
     {"description", Column::description},
     {"status", Column::status},
     {"priority", Column::priority},
     {"category", Column::category},
     {"order_id", Column::order},
     {"created_at", Column::created_at},
     {"updated_at", Column::updated_at}}};

constexpr auto order_fields = [] {
    std::array<std::string_view, columns.size()> fields;
    std::ranges::transform(columns, fields.begin(), [](auto const& c) { return c.first; });
    return fields;
}();

http::Response refused(support::Refusal refusal) {
    switch (refusal) {
        case support::Refusal::unknown: return not_found();
        case support::Refusal::unknown_order:
            return field_error("order_id", "There is no such order of yours.");
        case support::Refusal::too_many_tickets:
            return error(400, "You have as many support tickets as you may.");
        case support::Refusal::closed: return error(400, "This ticket is closed. Open a new one.");
        case support::Refusal::too_many_messages:
            return error(400, "This ticket has as many messages as it may. Open a new one.");
    }
    std::unreachable();
}

/// Of the query: what the word stands for in `known`. False: it stands for nothing.
template <class Words, class Value>
bool read_choice(http::Call const& call, std::string_view name, Words const& known,
                 std::optional<Value>& value) {
    auto const word = call.query.get(name);
    if (!word || word->empty()) return true;
    auto const found = std::ranges::find(known, *word, &Words::value_type::first);
    if (found == known.end()) return false;
    value = found->second;
    return true;
}

http::Response not_a_choice(http::Call const& call, std::string_view name) {
    return field_error(name, fmt::format("\"{}\" is not a valid choice.", *call.query.get(name)));
}

http::Response list(Support& support, http::Call const& call) {
    auto const wanted = wanted_page(call, order_fields, "-created_at");
    if (!wanted) return wanted.error();
    support::Filter filter{.user = call.caller.user};
    if (!read_choice(call, "status", support::statuses, filter.status))
        return not_a_choice(call, "status");
    if (!read_choice(call, "priority", support::priorities, filter.priority))
        return not_a_choice(call, "priority");
    if (auto const category = call.query.get("category"); category && !category->empty())
        filter.category = *category;
    FoundPage found{.count = support.count(filter)};
    if (beyond_end(*wanted, found.count)) return no_such_page();
    // A cursor's key is the number of rows before it: one person's tickets are few.
    auto const before =
        wanted->after ? text::to_int(*wanted->after).value_or(found.count) : wanted->offset();
    auto const first = std::clamp<std::int64_t>(before, 0, found.count);
    auto const by =
        std::ranges::find(columns, wanted->field, [](auto const& c) { return c.first; });
    auto tickets = support.list(filter, {by->second, wanted->descending}, first, wanted->limit());
    if (std::cmp_greater(tickets.size(), wanted->size)) {
        tickets.pop_back();
        found.last_key = std::to_string(first + wanted->size);
    }
    return page_answer(call, *wanted, found, [&](json::Writer& w) {
        for (auto const& ticket : tickets) write_ticket(w, ticket);
    });
}

support::Question read_question(http::FieldReader& in, std::size_t text_max) {
    support::Question question;
    question.subject = in.text("subject", {.length_max = subject_max});
    question.description = in.text("description", {.length_max = text_max});
    question.category = in.maybe_text("category", {.length_max = category_max}).value_or("general");
    std::vector<std::string_view> words;
    words.reserve(support::priorities.size());
    for (auto const& [word, priority] : support::priorities) words.push_back(word);
    if (auto const word = in.maybe_choice("priority", words))
        question.priority = std::ranges::find(support::priorities, *word, [](auto const& p) {
                                return p.first;
                            })->second;
    if (!in.is_null("order_id"))
        if (auto const order = in.maybe_pk("order_id")) question.order = OrderId{*order};
    return question;
}

http::Response open(Support& support, http::Call const& call, std::size_t text_max) {
    http::FieldReader in(call.body);
    auto const question = read_question(in, text_max);
    if (!in) return bad_request(in);
    auto const ticket = support.open(call.caller.user, question);
    if (!ticket) return refused(ticket.error());
    return success(
        "Support ticket created successfully",
        [&](json::Writer& w) {
            w.begin_object().field("id", ticket->id).field("subject", ticket->question.subject);
            w.field("status", to_string(ticket->status));
            w.field("priority", to_string(ticket->question.priority));
            w.field("created_at", ticket->created_at).end_object();
        },
        201);
}

http::Response show(Support& support, http::Call const& call) {
    auto const id = call.path_id("ticket_id");
    auto const ticket = id ? support.find(support::TicketId{*id}, call.caller.user) : std::nullopt;
    if (!ticket) return not_found();
    return success({}, [&](json::Writer& w) { write_ticket(w, *ticket); });
}

http::Response write(Support& support, http::Call const& call, std::size_t text_max) {
    auto const id = call.path_id("ticket_id");
    if (!id) return not_found();
    http::FieldReader in(call.body);
    auto const text = common::read_message(in, text_max);
    auto const ticket = support::TicketId{*id};
    if (!in) return support.find(ticket, call.caller.user) ? bad_request(in) : not_found();
    auto const written = support.write(call.caller.user, ticket, text);
    if (!written) return refused(written.error());
    return success(
        "Message added to ticket", [&](json::Writer& w) { common::write_message(w, *written); },
        201);
}

}  // namespace

void write_ticket(json::Writer& w, support::Ticket const& ticket) {
    w.begin_object();
    common::write_ticket_fields(w, ticket);
    w.end_object();
}

void mount_tickets(http::Router& router, Support& support, std::size_t text_max) {
    using http::Method;
    using namespace std::chrono_literals;
    auto const route = [&](Method method, std::string_view path, http::Doc doc, auto handler,
                           http::RateLimit limit) {
        doc.tag = "Support";
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::user,
                    .lane = method == Method::get ? http::Lane::read : http::Lane::write,
                    .doc = std::move(doc),
                    .handler = handler,
                    .limit = limit});
    };
    constexpr std::string_view all = "/api/auth/support/tickets/";
    constexpr http::RateLimit often{.name = "tickets", .count = 200, .per = 1min};
    auto query = page_docs("A field of a ticket; `-` for descending. Newest first.");
    query.push_back({"status", "string", "`OPEN`, `IN_PROGRESS`, `RESOLVED` or `CLOSED`."});
    query.push_back({"priority", "string", "`LOW`, `MEDIUM`, `HIGH` or `URGENT`."});
    query.push_back({"category", "string", "Only tickets of this category."});
    route(
        Method::get, all,
        {.summary = "The caller's support tickets, with the newest messages of each",
         .tag = {},
         .response = "Tickets",
         .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}},
         .query = std::move(query)},
        [&support](http::Call const& call) { return list(support, call); }, often);
    route(Method::post, all,
          {.summary = "Open a support ticket",
           .tag = {},
           .request = "TicketRequest",
           .success = 201,
           .response = "TicketOpened"},
          [&support, text_max](http::Call const& call) { return open(support, call, text_max); },
          {.name = "ticket_create", .count = 10, .per = 1h});
    route(
        Method::get, "/api/auth/support/tickets/<ticket_id>/",
        {.summary = "A support ticket with all its messages",
         .tag = {},
         .response = "TicketAnswer",
         .errors = {{404, "ErrorEnvelope"}}},
        [&support](http::Call const& call) { return show(support, call); }, often);
    route(Method::post, "/api/auth/support/tickets/<ticket_id>/messages/",
          {.summary = "Write in a ticket that is not closed",
           .tag = {},
           .request = "TicketMessageRequest",
           .success = 201,
           .response = "TicketMessageAnswer",
           .errors = {{404, "ErrorEnvelope"}}},
          [&support, text_max](http::Call const& call) { return write(support, call, text_max); },
          {.name = "ticket_message", .count = 50, .per = 1h});
}

}  // namespace cartwright::customer
