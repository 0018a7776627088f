#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "features/payments/payments.hpp"
#include "platform/db/database.hpp"

/// The SQL of payments and their transactions.
namespace cartwright::payments::store {

/// Writes the payment and gives it its id.
void insert(db::Tx& tx, Payment& payment);

std::optional<Payment> find(db::Read& read, PaymentId id);
std::optional<Payment> find(db::Read& read, Gateway gateway, std::string_view reference);
/// A payment, and the order that it is of.
struct Place {
    PaymentId payment;
    OrderId order;
};
/// As the second `find`, of what locks it alone.
std::optional<Place> place_of(db::Read& read, Gateway gateway, std::string_view reference);
/// The order that a payment is of.
std::optional<OrderId> order_of(db::Read& read, PaymentId id);
/// As `find`, and the row stays locked until the transaction ends. The order's row comes first.
std::optional<Payment> lock(db::Tx& tx, PaymentId id);
/// An order's payments, newest first.
std::vector<Payment> of_order(db::Read& read, OrderId order);
/// Several orders' payments, newest first.
std::vector<Payment> of_orders(db::Read& read, std::vector<OrderId> const& orders);

/// Writes what may change of a locked payment.
void update(db::Tx& tx, Payment const& payment);
/// Writes what a capture changes of a payment: fewer columns, and so fewer indexes, than `update`.
void complete(db::Tx& tx, Payment const& payment);
/// Writes what the gateway answered, where nothing is yet. Whether it did.
bool open(db::Tx& tx, PaymentId id, std::string_view reference, std::string_view client_secret,
          Instant now);

std::int64_t count(db::Read& read, Filter const& filter);
/// How many there are with ids from that one on, of all or of a gateway.
std::int64_t count_since(db::Read& read, PaymentId id, std::optional<Gateway> gateway);
std::int64_t count_not_completed(db::Read& read);
std::vector<Payment> page(db::Read& read, Filter const& filter, Ordering ordering,
                          std::int64_t offset, std::int64_t limit);

/// Open payments whose time to ask has come, the longest waiting first.
std::vector<Payment> due(db::Read& read, Instant now, std::int64_t limit);
/// Whether nobody else has moved it since.
bool move_check(db::Tx& tx, Payment const& payment, std::optional<Instant> next);

void insert(db::Tx& tx, Transaction& transaction);
void update(db::Tx& tx, Transaction const& transaction);
std::optional<Transaction> find(db::Read& read, TransactionId id);
/// A payment's movements, oldest first.
std::vector<Transaction> transactions(db::Read& read, PaymentId payment);

/// The movements of several payments, oldest first.
std::vector<Transaction> transactions(db::Read& read, std::vector<PaymentId> const& payments);

/// False: it was there.
bool insert_event(db::Tx& tx, GatewayEvent const& event, Instant now);
std::int64_t remove_events(db::Tx& tx, Instant until, std::int64_t limit);

}  // namespace cartwright::payments::store
