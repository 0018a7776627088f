#include "features/support/support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "platform/db/where.hpp"

namespace cartwright::support {
namespace {

constexpr std::int64_t listed_messages = 20;  // of each ticket in a list
constexpr std::int64_t exported_tickets = 100;

#define TICKET_COLUMNS                                                                 \
    "SELECT id, user_id, order_id, subject, description, category, priority, status, " \
    "message_count, created_at, updated_at FROM tickets"

db::Query const find_query{"support.find", TICKET_COLUMNS " WHERE id = $1"};
db::Query const lock_query{"support.lock", TICKET_COLUMNS " WHERE id = $1 {for_update}"};
constexpr std::string_view select_tickets = TICKET_COLUMNS;
#undef TICKET_COLUMNS

db::Query const count_query{"support.count_of", "SELECT count(*) FROM tickets WHERE user_id = $1"};
db::Query const insert_query{
    "support.insert",
    "INSERT INTO tickets (user_id, order_id, subject, description, category, priority, status, "
    "message_count, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 'OPEN', 1, $7, $7) "
    "{returning_id}"};
db::Query const messages_query{
    "support.messages",
    "SELECT ticket_id, id, text, by_staff, attachment_url, created_at FROM ticket_messages "
    "WHERE ticket_id = $1 ORDER BY id"};
db::Query const insert_message_query{
    "support.insert_message",
    "INSERT INTO ticket_messages (ticket_id, text, by_staff, attachment_url, created_at) "
    "VALUES ($1, $2, $3, $4, $5) {returning_id}"};
db::Query const touch_query{
    "support.touch",
    "UPDATE tickets SET message_count = message_count + 1, updated_at = $2 WHERE id = $1"};
db::Query const status_query{"support.set_status",
                             "UPDATE tickets SET status = $2, updated_at = $3 WHERE id = $1"};
db::Query const lock_all_query{
    "support.lock_all", "SELECT id FROM tickets WHERE user_id = $1 ORDER BY id {for_update}"};
db::Query const forget_messages_query{
    "support.forget_messages",
    "DELETE FROM ticket_messages WHERE ticket_id IN (SELECT id FROM tickets WHERE user_id = $1)"};
db::Query const forget_query{"support.forget", "DELETE FROM tickets WHERE user_id = $1"};

template <class Words>
auto value_of(Words const& words, std::string_view word) {
    return std::ranges::find(words, word, &Words::value_type::first)->second;
}

template <class Words, class Value>
std::string_view word_of(Words const& words, Value value) {
    return std::ranges::find(words, value, &Words::value_type::second)->first;
}

Ticket ticket_of(db::Row const& row) {
    std::optional<OrderId> order;
    if (auto const id = row.maybe_integer(2)) order = OrderId{*id};
    return {.id = row.id<TicketId>(0),
            .user = row.id<UserId>(1),
            .question = {.subject = row.string(3),
                         .description = row.string(4),
                         .category = row.string(5),
                         .priority = value_of(priorities, row.text(6)),
                         .order = order},
            .status = value_of(statuses, row.text(7)),
            .message_count = row.integer(8),
            .created_at = row.instant(9),
            .updated_at = row.instant(10),
            .messages = {}};
}

Message message_of(db::Row const& row) {
    return {.id = row.id<MessageId>(1),
            .what = {.text = row.string(2), .attachment_url = row.maybe_string(4)},
            .by_staff = row.flag(3),
            .at = row.instant(5)};
}

MessageId insert_message(db::Tx& tx, TicketId ticket, Text const& text, bool by_staff, Instant at) {
    return *tx.first(
        insert_message_query, [](db::Row const& row) { return row.id<MessageId>(0); }, ticket,
        text.text, by_staff, text.attachment_url, at);
}

std::string_view column(Column by) {
    switch (by) {
        case Column::id: return "id";
        case Column::user: return "user_id";
        case Column::subject: return "subject";
        case Column::description: return "description";
        case Column::status:
            return "CASE status WHEN 'OPEN' THEN 0 WHEN 'IN_PROGRESS' THEN 1 "
                   "WHEN 'RESOLVED' THEN 2 ELSE 3 END";
        case Column::priority:
            return "CASE priority WHEN 'LOW' THEN 0 WHEN 'MEDIUM' THEN 1 "
                   "WHEN 'HIGH' THEN 2 ELSE 3 END";
        case Column::category: return "category";
        case Column::order: return "coalesce(order_id, 0)";
        // Ids have the order of their times.
        case Column::created_at: return "id";
        case Column::updated_at: return "updated_at";
    }
    std::unreachable();
}

db::Where conditions(Filter const& filter) {
    db::Where where;
    where.add("user_id = $", filter.user);
    if (filter.status) where.always("status = $", to_string(*filter.status));
    if (filter.priority) where.always("priority = $", to_string(*filter.priority));
    if (filter.category) where.always("category = $", std::string_view(*filter.category));
    return where;
}

/// The tickets and up to `messages_max` messages of each, the newest, oldest first.
std::vector<Ticket> read_tickets(db::Read& read, Filter const& filter, Ordering ordering,
                                 std::int64_t offset, std::int64_t limit,
                                 std::int64_t messages_max) {
    auto where = conditions(filter);
    auto const* const direction = ordering.descending ? " DESC" : "";
    auto const order = fmt::format(" ORDER BY {0}{1}, id{1}", column(ordering.by), direction);
    auto const rest = where.text() + order + where.page(offset, limit);
    std::vector<Ticket> tickets;
    std::unordered_map<TicketId, std::size_t> places;
    auto on_ticket = [&](db::Row const& row) {
        places.emplace(row.id<TicketId>(0), tickets.size());
        tickets.push_back(ticket_of(row));
    };
    auto const text = std::string(select_tickets) + rest;
    read.run({"support.list", text}, where.values(), db::RowSink(on_ticket));
    auto on_message = [&](db::Row const& row) {
        tickets[places.at(row.id<TicketId>(0))].messages.push_back(message_of(row));
    };
    auto const messages = fmt::format(
        "SELECT ticket_id, id, text, by_staff, attachment_url, created_at FROM (SELECT m.*, "
        "row_number() OVER (PARTITION BY ticket_id ORDER BY id DESC) AS age FROM ticket_messages m "
        "WHERE ticket_id IN (SELECT id FROM tickets{})) newest WHERE age <= {} ORDER BY id",
        rest, messages_max);
    read.run({"support.list_messages", messages}, where.values(), db::RowSink(on_message));
    return tickets;
}

}  // namespace

std::string_view to_string(Priority priority) {
    return word_of(priorities, priority);
}

std::string_view to_string(Status status) {
    return word_of(statuses, status);
}

std::expected<Ticket, Refusal> Support::open(UserId user, Question const& question) {
    if (question.order) {
        auto const order = orders_.find(*question.order);
        if (!order || order->order.user != user) return std::unexpected(Refusal::unknown_order);
    }
    return database_.write([&](db::Tx& tx) -> std::expected<Ticket, Refusal> {
        auto const count =
            *tx.first(count_query, [](db::Row const& row) { return row.integer(0); }, user);
        if (count >= options_.per_user_max) return std::unexpected(Refusal::too_many_tickets);
        auto const now = clock_.now();
        std::optional<std::int64_t> order;
        if (question.order) order = question.order->value;
        auto const id = *tx.first(
            insert_query, [](db::Row const& row) { return row.id<TicketId>(0); }, user, order,
            question.subject, question.description, question.category, to_string(question.priority),
            now);
        insert_message(tx, id, {question.description}, false, now);
        auto ticket = *tx.first(find_query, ticket_of, id);
        ticket.messages = tx.all(messages_query, message_of, id);
        return ticket;
    });
}

std::int64_t Support::count(Filter const& filter) {
    auto const where = conditions(filter);
    auto const text = "SELECT count(*) FROM tickets" + where.text();
    return database_.read([&](db::Read& read) {
        std::int64_t count = 0;
        auto on_row = [&](db::Row const& row) {
            count = row.integer(0);
        };
        read.run({"support.count", text}, where.values(), db::RowSink(on_row));
        return count;
    });
}

std::vector<Ticket> Support::list(Filter const& filter, Ordering ordering, std::int64_t offset,
                                  std::int64_t limit) {
    return database_.read([&](db::Read& read) {
        return read_tickets(read, filter, ordering, offset, limit, listed_messages);
    });
}

std::optional<Ticket> Support::find(TicketId id, std::optional<UserId> owner) {
    return database_.read([&](db::Read& read) -> std::optional<Ticket> {
        auto ticket = read.first(find_query, ticket_of, id);
        if (!ticket || (owner && ticket->user != *owner)) return std::nullopt;
        ticket->messages = read.all(messages_query, message_of, id);
        return ticket;
    });
}

std::expected<Message, Refusal> Support::write(UserId owner, TicketId id, Text const& text) {
    return add_message(id, owner, text, nullptr);
}

std::expected<Message, Refusal> Support::answer(TicketId id, Text const& text,
                                                audit::Actor const& by) {
    return add_message(id, std::nullopt, text, &by);
}

std::expected<Message, Refusal> Support::add_message(TicketId id, std::optional<UserId> owner,
                                                     Text const& text, audit::Actor const* by) {
    return database_.write([&](db::Tx& tx) -> std::expected<Message, Refusal> {
        auto const ticket = tx.first(lock_query, ticket_of, id);
        if (!ticket || (owner && ticket->user != *owner)) return std::unexpected(Refusal::unknown);
        if (ticket->status == Status::closed) return std::unexpected(Refusal::closed);
        if (ticket->message_count >= options_.messages_max)
            return std::unexpected(Refusal::too_many_messages);
        auto const now = clock_.now();
        tx.execute(touch_query, id, now);
        auto const by_staff = by != nullptr;
        auto const message = insert_message(tx, id, text, by_staff, now);
        if (by_staff)
            audit::record(tx, now, *by, "answer", {"ticket", id.value},
                          {{"messages", ticket->message_count}},
                          {{"messages", ticket->message_count + 1}});
        return Message{.id = message, .what = text, .by_staff = by_staff, .at = now};
    });
}

std::expected<Ticket, Refusal> Support::set_status(TicketId id, Status status,
                                                   audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::expected<Ticket, Refusal> {
        auto ticket = tx.first(lock_query, ticket_of, id);
        if (!ticket) return std::unexpected(Refusal::unknown);
        if (ticket->status != status) {
            auto const now = clock_.now();
            tx.execute(status_query, id, to_string(status), now);
            audit::record(tx, now, by, "set_status", {"ticket", id.value},
                          {{"status", to_string(ticket->status)}}, {{"status", to_string(status)}});
            ticket->status = status;
            ticket->updated_at = now;
        }
        ticket->messages = tx.all(messages_query, message_of, id);
        return *ticket;
    });
}

std::vector<Ticket> Support::export_of(UserId user) {
    return database_.read([&](db::Read& read) {
        return read_tickets(read, {.user = user}, {.by = Column::id, .descending = true}, 0,
                            exported_tickets, options_.messages_max);
    });
}

void Support::forget(UserId user) {
    database_.write([&](db::Tx& tx) {
        // So that no message comes between the two.
        tx.all(lock_all_query, [](db::Row const&) { return true; }, user);
        tx.execute(forget_messages_query, user);
        tx.execute(forget_query, user);
    });
}

}  // namespace cartwright::support
