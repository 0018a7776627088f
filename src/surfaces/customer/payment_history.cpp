#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/list_page.hpp"
#include "surfaces/customer/order_json.hpp"
#include "surfaces/customer/payment_words.hpp"
#include "surfaces/customer/payments.hpp"

namespace cartwright::customer {
namespace {

using payments::MovementState;
using payments::PaymentWithTransactions;
using payments::SortBy;

/// The convenience fee is 0 for all.
constexpr SortFields<SortBy, 14> sort_fields{
    {{"created_at", SortBy::made},
     {"id", SortBy::made},
     {"transaction_id", SortBy::transaction_id},
     {"amount", SortBy::amount},
     {"currency", SortBy::currency},
     {"status", SortBy::status},
     {"payment_type", SortBy::type},
     {"gateway_name", SortBy::gateway},
     {"gateway_transaction_id", SortBy::gateway_transaction},
     {"tax_amount", SortBy::tax},
     {"convenience_fee", SortBy::made},
     {"discount_amount", SortBy::discount},
     {"order_id", SortBy::order},
     {"completed_at", SortBy::completed}}};

constexpr auto sort_names = names_of(sort_fields);

constexpr std::array<std::string_view, 4> statuses{"PENDING", "COMPLETED", "FAILED", "REFUNDED"};
constexpr std::array<std::string_view, 4> types{"UPI", "CARD", "NETBANKING", "WALLET"};

/// Midnight of "2025-01-15".
std::optional<Instant> day(std::string_view text) {
    constexpr std::size_t length = 10;
    constexpr std::size_t month_at = 5;
    constexpr std::size_t day_at = 8;
    if (text.size() != length || text[month_at - 1] != '-' || text[day_at - 1] != '-')
        return std::nullopt;
    auto const year = text::to_int(text.substr(0, month_at - 1));
    auto const month = text::to_int(text.substr(month_at, 2));
    auto const date = text::to_int(text.substr(day_at));
    if (!year || !month || !date || *month < 0 || *date < 0) return std::nullopt;
    std::chrono::year_month_day const named{std::chrono::year(static_cast<int>(*year)),
                                            std::chrono::month(static_cast<unsigned>(*month)),
                                            std::chrono::day(static_cast<unsigned>(*date))};
    if (!named.ok()) return std::nullopt;
    return std::chrono::sys_days(named);
}

/// Reads filters, and remembers the first that is wrong.
class Filters {
public:
    explicit Filters(http::QueryParams const& query) : query_(query) {}

    std::optional<std::string> choice(std::string_view name,
                                      std::array<std::string_view, 4> const& choices) {
        auto const sent = query_.get(name);
        if (!sent || sent->empty()) return std::nullopt;
        if (std::ranges::find(choices, *sent) == choices.end() && !problem)
            problem = no_such_choice(name, *sent);
        return std::string(*sent);
    }

    std::optional<Instant> date(std::string_view name) {
        auto const sent = query_.get(name);
        if (!sent || sent->empty()) return std::nullopt;
        auto const found = day(*sent);
        if (!found && !problem)
            problem = field_error(
                name, "Date has wrong format. Use one of these formats instead: YYYY-MM-DD.");
        return found;
    }

    std::optional<http::Response> problem;

private:
    http::QueryParams const& query_;
};

std::string_view word_of(MovementState state) {
    switch (state) {
        case MovementState::pending: return "pending";
        case MovementState::succeeded: return "success";
        case MovementState::failed: return "failed";
    }
    std::unreachable();
}

/// Nothing is known of it once the order is deleted.
void write_billing_address(json::Writer& w, orders::Order const* order) {
    w.key("billing_address_details");
    if (order == nullptr)
        w.null();
    else
        write_order_address(w, *order, order->billing_address);
}

void write_payment(json::Writer& w, PaymentWithTransactions const& shown,
                   orders::Order const* order) {
    auto const& payment = shown.payment;
    w.begin_object().field("id", payment.id).field("transaction_id", payment.transaction_id);
    w.key("amount").number(payment.amount).field("currency", payment.currency);
    w.field("status", to_string(payment.status)).field("payment_type", payment.payment_type);
    w.field("gateway_name", gateway_name(payment.gateway));
    w.field("gateway_transaction_id", payment.gateway_transaction);
    w.key("tax_amount").number(order == nullptr ? Money{} : order->totals.tax);
    w.key("convenience_fee").number(Money{});
    w.key("discount_amount").number(order == nullptr ? Money{} : order->totals.discount);
    w.field("order_id", payment.order).field("created_at", payment.created_at);
    w.field("completed_at", payment.completed_at);
    write_billing_address(w, order);
    w.key("transactions").begin_array();
    for (auto const& transaction : shown.transactions) {
        w.begin_object().field("id", transaction.id);
        w.field("action", to_string(transaction.movement));
        w.field("status", word_of(transaction.state)).key("amount").number(transaction.amount);
        w.field("created_at", transaction.created_at).end_object();
    }
    w.end_array().end_object();
}

/// The page's payments; says in `found` how it goes on. A cursor's key is the last payment's id,
/// or, in orders without an index, the rows before.
std::vector<PaymentWithTransactions> rows_of(payments::Payments& payments, payments::Filter filter,
                                             WantedPage const& wanted, FoundPage& found) {
    auto const by = sort_of(sort_fields, wanted.field);
    auto const by_id = by == SortBy::made;
    auto const key = wanted.after ? text::to_int(*wanted.after).value_or(0) : wanted.offset();
    auto offset = std::max<std::int64_t>(key, 0);
    if (wanted.after && by_id) {
        (wanted.descending ? filter.older_than : filter.newer_than) = payments::PaymentId{key};
        offset = 0;
    }
    auto rows = payments.show_page(filter, {by, wanted.descending}, offset, wanted.limit());
    if (std::ssize(rows) > wanted.size) {
        rows.pop_back();
        found.last_key =
            std::to_string(by_id ? rows.back().payment.id.value : offset + wanted.size);
    }
    return rows;
}

http::Response list(payments::Payments& payments, orders::Orders& orders, http::Call const& call) {
    auto const wanted = wanted_page(call, sort_names, "-created_at");
    if (!wanted) return wanted.error();
    Filters filters(call.query);
    payments::Filter filter{.user = call.caller.user};
    auto const status = filters.choice("status", statuses);
    filter.type = filters.choice("payment_type", types);
    filter.from = filters.date("from_date");
    filter.before = filters.date("to_date");
    if (filters.problem) return *filters.problem;
    if (status) filter.status = payments::status(*status);
    if (filter.before) *filter.before += std::chrono::days(1);

    FoundPage found{.count = payments.count(filter)};
    auto const rows = rows_of(payments, filter, *wanted, found);
    std::vector<OrderId> ids;
    ids.reserve(rows.size());
    for (auto const& row : rows) ids.push_back(row.payment.order);
    auto const of = orders.find_all(ids);
    return page_answer(call, *wanted, found, [&](json::Writer& w) {
        for (auto const& row : rows) {
            auto const order = std::ranges::find(of, row.payment.order, &orders::Order::id);
            write_payment(w, row, order == of.end() ? nullptr : &*order);
        }
    });
}

}  // namespace

void mount_payment_history(http::Router& router, payments::Payments& payments,
                           orders::Orders& orders) {
    auto query = page_docs("A field of the list; `-` for descending. Newest first.");
    query.push_back({"status", "string", "PENDING, COMPLETED, FAILED or REFUNDED."});
    query.push_back({"payment_type", "string", "UPI, CARD, NETBANKING or WALLET."});
    query.push_back({"from_date", "string", "Made on this day or later: YYYY-MM-DD, UTC."});
    query.push_back({"to_date", "string", "Made on this day or earlier."});
    router.add(
        {.method = http::Method::get,
         .path = "/api/auth/payments/history/",
         .access = http::Access::user,
         .lane = http::Lane::scan,  // a filter may pass over all of somebody's payments
         .doc = {.summary = "The caller's payments, newest first",
                 .tag = "Payments",
                 .response = "PaymentHistory",
                 .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}},
                 .query = std::move(query)},
         .handler = [&](http::Call const& call) { return list(payments, orders, call); },
         .limit = {.name = "payment_history", .count = 200, .per = std::chrono::minutes(1)}});
}

}  // namespace cartwright::customer
