#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

/// What a payment is. Source: contract §7.
namespace cartwright::payments {

using PaymentId = Id<struct PaymentTag>;
using TransactionId = Id<struct TransactionTag>;

/// Who moves the money; `manual`: the shop's own people, by cash or bank transfer.
enum class Gateway : std::uint8_t { stripe, paytm, phonepe, manual };
enum class Status : std::uint8_t { pending, completed, failed, refunded };
enum class Movement : std::uint8_t { capture, refund };
enum class MovementState : std::uint8_t { pending, succeeded, failed };

/// The words of the database and the wire: "stripe", "COMPLETED", "refund", "pending". A `Bug` for
/// any other.
std::string_view to_string(Gateway gateway);
std::string_view to_string(Status status);
std::string_view to_string(Movement movement);
std::string_view to_string(MovementState state);
Gateway gateway(std::string_view stored);
Status status(std::string_view stored);
Movement movement(std::string_view stored);
MovementState movement_state(std::string_view stored);

/// One attempt to pay one order by one gateway.
struct Payment {
    PaymentId id;
    OrderId order;
    Gateway gateway = Gateway::manual;
    std::int64_t attempt = 1;
    std::string transaction_id;            ///< ours: every idempotency key is made from it
    std::optional<std::string> reference;  ///< what the gateway knows it by; none: not yet answered
    std::optional<std::string> gateway_transaction;
    std::optional<std::string> client_secret;  ///< for the buyer alone; never logged
    std::optional<std::string> payment_type;   ///< "UPI", "CARD", "NETBANKING", "WALLET"
    Money amount;
    std::string currency;  ///< as the order's: upper case
    Money captured;
    Money refunded;        ///< has gone back
    Money refund_pending;  ///< is on its way back
    Status status = Status::pending;
    bool pays_order = false;  ///< the order was paid by this one
    bool needs_review = false;
    std::optional<std::string> review_reason;
    std::optional<std::string> failure_reason;
    std::optional<Instant> expires_at;
    std::optional<Instant> check_at;
    std::optional<Instant> completed_at;
    Instant created_at;
    Instant updated_at;

    /// What can still be asked to go back.
    Money left() const { return captured - refunded - refund_pending; }
};

/// One movement of a payment's money.
struct Transaction {
    TransactionId id;
    PaymentId payment;
    Movement movement = Movement::capture;
    Money amount;
    MovementState state = MovementState::pending;
    std::optional<std::string> gateway_ref;
    std::string idempotency_key;
    std::string reason;
    std::optional<UserId> requested_by;
    std::optional<std::string> failure;
    Instant created_at;
    Instant updated_at;
};

/// A payment and its movements, oldest first.
struct PaymentWithTransactions {
    Payment payment;
    std::vector<Transaction> transactions;
};

}  // namespace cartwright::payments
