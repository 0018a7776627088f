#include <algorithm>
#include <utility>

#include "features/payments/impl/payment_store.hpp"
#include "features/payments/payments.hpp"
#include "platform/db/slice.hpp"

namespace cartwright::payments {
namespace {

/// An open payment is asked about ever less often, and not at all after this.
constexpr auto asked_for = std::chrono::days(30);

std::optional<Instant> next_check(Payment const& payment, Instant now,
                                  std::chrono::seconds at_least) {
    auto const age = now - payment.created_at;
    if (age > asked_for) return std::nullopt;
    return now + std::max<std::chrono::seconds>(at_least, age / 2);
}

}  // namespace

std::optional<Payment> Payments::find(PaymentId id) {
    return database_.read([&](db::Read& read) { return store::find(read, id); });
}

std::optional<Payment> Payments::find(Gateway gateway, std::string_view reference) {
    return database_.read([&](db::Read& read) { return store::find(read, gateway, reference); });
}

std::optional<Payment> Payments::newest(OrderId order, std::optional<Gateway> gateway) {
    auto const payments =
        database_.read([&](db::Read& read) { return store::of_order(read, order); });
    auto const found = std::ranges::find_if(
        payments, [&](Payment const& p) { return !gateway || p.gateway == *gateway; });
    return found == payments.end() ? std::nullopt : std::optional(*found);
}

std::optional<Payments::OrderAndPayment> Payments::newest_with_order(OrderId id, Gateway gateway) {
    return database_.read([&](db::Read& read) -> std::optional<OrderAndPayment> {
        auto order = orders_.look(read, id);
        if (!order) return std::nullopt;
        OrderAndPayment both{std::move(*order), {}};
        auto payments = store::of_order(read, id);
        auto const found = std::ranges::find(payments, gateway, &Payment::gateway);
        if (found != payments.end()) both.payment = std::move(*found);
        return both;
    });
}

std::optional<Payment> Payments::deciding(OrderId order) {
    auto const payments =
        database_.read([&](db::Read& read) { return store::of_order(read, order); });
    if (payments.empty()) return std::nullopt;
    auto const paid = std::ranges::find(payments, true, &Payment::pays_order);
    return paid == payments.end() ? payments.front() : *paid;
}

std::vector<Payment> Payments::of_orders(std::vector<OrderId> const& orders) {
    return database_.read([&](db::Read& read) { return store::of_orders(read, orders); });
}

std::optional<PaymentWithTransactions> Payments::show(PaymentId id) {
    return database_.read([&](db::Read& read) -> std::optional<PaymentWithTransactions> {
        auto payment = store::find(read, id);
        if (!payment) return std::nullopt;
        return PaymentWithTransactions{std::move(*payment), store::transactions(read, id)};
    });
}

std::vector<Transaction> Payments::transactions(PaymentId payment) {
    return database_.read([&](db::Read& read) { return store::transactions(read, payment); });
}

std::int64_t Payments::count(Filter const& filter) {
    return database_.read([&](db::Read& read) { return count_in(read, filter); });
}

/// What knows of all the rows that the filter leaves; nothing where that changes.
db::RowBlocks* Payments::blocks_of(Filter const& filter) {
    if (filter == Filter{}) return &blocks_;
    if (filter.gateway && filter == Filter{.gateway = filter.gateway})
        return &by_gateway_.at(std::to_underlying(*filter.gateway));
    return nullptr;
}

std::int64_t Payments::count_in(db::Read& read, Filter const& filter) {
    if (auto* const blocks = blocks_of(filter)) {
        auto const counted = blocks->look(read, clock_.now());
        return counted->rows() +
               store::count_since(read, PaymentId{counted->end()}, filter.gateway);
    }
    // Nearly all are completed: the others are counted.
    if (filter == Filter{.status = Status::completed})
        return count_in(read, {}) - store::count_not_completed(read);
    return store::count(read, filter);
}

std::vector<Payment> Payments::page(Filter const& filter, Ordering ordering, std::int64_t offset,
                                    std::int64_t limit) {
    return database_.read(
        [&](db::Read& read) { return page_in(read, filter, ordering, offset, limit); });
}

std::vector<Payment> Payments::page_in(db::Read& read, Filter const& filter, Ordering ordering,
                                       std::int64_t offset, std::int64_t limit) {
    if (offset < db::RowBlocks::size) return store::page(read, filter, ordering, offset, limit);
    auto* const blocks = ordering == Ordering{} ? blocks_of(filter) : nullptr;
    if (blocks == nullptr) {
        auto const slice = db::slice_of(count_in(read, filter), offset, limit);
        if (slice.from_end) ordering.descending = !ordering.descending;
        auto page = store::page(read, filter, ordering, slice.offset, slice.limit);
        if (slice.from_end) std::ranges::reverse(page);
        return page;
    }
    auto const counted = blocks->look(read, clock_.now());
    auto const recent = store::count_since(read, PaymentId{counted->end()}, filter.gateway);
    if (offset < recent) return store::page(read, filter, ordering, offset, limit);
    offset -= recent;
    auto const begin = db::RowBlocks::place(*counted, {0, counted->blocks()}, offset,
                                            [](std::int64_t) { return 0; });
    if (!begin) return {};
    return store::page(read, {.gateway = filter.gateway, .older_than = PaymentId{begin->below}},
                       ordering, begin->offset, limit);
}

std::vector<PaymentWithTransactions> Payments::show_page(Filter const& filter, Ordering ordering,
                                                         std::int64_t offset, std::int64_t limit) {
    return database_.read([&](db::Read& read) {
        std::vector<PaymentWithTransactions> shown;
        std::vector<PaymentId> ids;
        for (auto& payment : page_in(read, filter, ordering, offset, limit)) {
            ids.push_back(payment.id);
            shown.push_back({std::move(payment), {}});
        }
        for (auto& transaction : store::transactions(read, ids)) {
            auto const of = std::ranges::find(ids, transaction.payment) - ids.begin();
            shown[static_cast<std::size_t>(of)].transactions.push_back(std::move(transaction));
        }
        return shown;
    });
}

std::size_t Payments::reconcile(std::size_t limit) {
    auto const now = clock_.now();
    auto const due = database_.read(
        [&](db::Read& read) { return store::due(read, now, static_cast<std::int64_t>(limit)); });
    for (auto const& payment : due) {
        auto* const module = modules_.at(std::to_underlying(payment.gateway));
        auto const next = next_check(payment, now, options_.reconcile_after);
        bool const ours =
            database_.write([&](db::Tx& tx) { return store::move_check(tx, payment, next); });
        if (ours && module != nullptr) module->reconcile(payment);
    }
    return due.size();
}

std::size_t Payments::remove_expired_events(std::size_t limit) {
    return static_cast<std::size_t>(database_.write([&](db::Tx& tx) {
        return store::remove_events(tx, clock_.now() - options_.event_life,
                                    static_cast<std::int64_t>(limit));
    }));
}

}  // namespace cartwright::payments
