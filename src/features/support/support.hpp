#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "features/orders/orders.hpp"
#include "platform/db/database.hpp"

/// Support tickets: what customers ask, and what the shop answers. Source: contract §10,
/// customer-api "Customer Support".
namespace cartwright::support {

using TicketId = Id<struct TicketTag>;
using MessageId = Id<struct TicketMessageTag>;

enum class Priority { low, medium, high, urgent };
enum class Status { open, in_progress, resolved, closed };

inline constexpr std::array<std::pair<std::string_view, Priority>, 4> priorities{
    {{"LOW", Priority::low},
     {"MEDIUM", Priority::medium},
     {"HIGH", Priority::high},
     {"URGENT", Priority::urgent}}};
inline constexpr std::array<std::pair<std::string_view, Status>, 4> statuses{
    {{"OPEN", Status::open},
     {"IN_PROGRESS", Status::in_progress},
     {"RESOLVED", Status::resolved},
     {"CLOSED", Status::closed}}};

std::string_view to_string(Priority priority);
std::string_view to_string(Status status);

struct Text {
    std::string text;
    std::optional<std::string> attachment_url = {};
};

struct Message {
    MessageId id;
    Text what;
    bool by_staff = false;
    Instant at;
};

/// What somebody opens a ticket with; the description is its first message.
struct Question {
    std::string subject;
    std::string description;
    std::string category;
    Priority priority = Priority::medium;
    std::optional<OrderId> order = {};  ///< his own
};

struct Ticket {
    TicketId id;
    UserId user;
    Question question;
    Status status = Status::open;
    std::int64_t message_count = 0;
    Instant created_at;
    Instant updated_at;             ///< of the last message or change of status
    std::vector<Message> messages;  ///< oldest first; a list has the newest of them
};

enum class Refusal {
    unknown,           ///< no such ticket, or somebody else's
    unknown_order,     ///< or somebody else's
    too_many_tickets,  ///< of one person
    closed,            ///< a closed ticket takes no messages
    too_many_messages  ///< in one ticket
};

/// What is not named does not matter.
struct Filter {
    std::optional<UserId> user = {};
    std::optional<Status> status = {};
    std::optional<Priority> priority = {};
    std::optional<std::string> category = {};
};

/// Columns to order by; priority and status by their rank.
enum class Column {
    id,
    user,
    subject,
    description,
    status,
    priority,
    category,
    order,
    created_at,
    updated_at
};
struct Ordering {
    Column by = Column::id;
    bool descending = false;
};

struct Options {
    std::int64_t per_user_max = 1000;  ///< tickets; requests at the same moment may pass it
    std::int64_t messages_max = 100;   ///< of a ticket
};

/// Owns `tickets` and `ticket_messages`. Any thread. Every ticket is OPEN at first; only admins
/// change that, and what they do is in the audit log.
class Support {
public:
    Support(db::Database& database, orders::Orders& orders, Clock const& clock, Options options)
        : database_(database), orders_(orders), clock_(clock), options_(options) {}

    std::expected<Ticket, Refusal> open(UserId user, Question const& question);

    std::int64_t count(Filter const& filter);
    /// With the newest messages of each.
    std::vector<Ticket> list(Filter const& filter, Ordering ordering, std::int64_t offset,
                             std::int64_t limit);
    /// With all messages. `owner`: nothing where it is somebody else's.
    std::optional<Ticket> find(TicketId id, std::optional<UserId> owner);

    /// A message of the ticket's owner.
    std::expected<Message, Refusal> write(UserId owner, TicketId id, Text const& text);
    /// A message of the shop.
    std::expected<Message, Refusal> answer(TicketId id, Text const& text, audit::Actor const& by);
    std::expected<Ticket, Refusal> set_status(TicketId id, Status status, audit::Actor const& by);

    /// Somebody's newest hundred tickets, with all messages.
    std::vector<Ticket> export_of(UserId user);
    /// Removes somebody's tickets: texts are personal.
    void forget(UserId user);

private:
    std::expected<Message, Refusal> add_message(TicketId id, std::optional<UserId> owner,
                                                Text const& text, audit::Actor const* by);

    db::Database& database_;
    orders::Orders& orders_;
    Clock const& clock_;
    Options options_;
};

}  // namespace cartwright::support
