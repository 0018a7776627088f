#pragma once

#include <array>
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/audit/audit.hpp"
#include "features/orders/orders.hpp"
#include "features/payments/payment.hpp"
#include "platform/db/database.hpp"
#include "platform/db/row_blocks.hpp"
#include "platform/jobs/outbox.hpp"

namespace cartwright::payments {

/// What a gateway said once, by its own id for it. The use cases below write it with their effect,
/// and do nothing where it is written already.
struct GatewayEvent {
    Gateway gateway = Gateway::stripe;
    std::string id;
};

/// Who wants to pay which order, and how.
struct Beginning {
    OrderId order;
    audit::Actor actor;  ///< the buyer, or an admin
    Gateway gateway = Gateway::stripe;
    /// After which the buyer can no longer pay with it; nothing: as long as the order is pending.
    std::optional<std::chrono::seconds> life = {};
    /// The failed or expired payment that this one tries again; nothing: no retry. What is open of
    /// the order is given up then.
    std::optional<PaymentId> retry_of = {};
};

/// A payment that was begun, and what its gateway is told of the order.
struct BegunPayment : Payment {
    std::string order_number;
};

/// Why no payment was begun.
enum class BeginRefusal {
    unknown_order,
    not_theirs,
    not_pending,     ///< the order is paid, cancelled or on its way
    wrong_currency,  ///< the gateway takes another than the order's
    too_small,       ///< the order's total is below `least_amount`
    not_retryable,   ///< the payment to be tried again is neither failed nor expired
    retries_spent    ///< `Options::retries_max`
};

/// That a gateway holds the buyer's money, as it said itself when asked, or in a signed message.
struct Confirmed {
    PaymentId payment;
    Money amount;          ///< in the order's hundredths
    std::string currency;  ///< any case
    std::string gateway_transaction = {};
    std::optional<std::string> payment_type = {};
};

/// What a confirmed capture led to.
enum class Captured {
    paid,          ///< the order is paid by it
    paid_already,  ///< it was known; nothing was changed
    refunding,     ///< the order cannot have it any more: the money goes back
    needs_review   ///< amount or currency are not the order's: nothing was completed
};

/// Whether a failed payment takes its pending order with it. Source: shop-api 24 (it does),
/// contract §7 (a customer order stays placed).
enum class AfterFailure { cancel_order, keep_order };

enum class RefundRefusal {
    unknown_order,
    not_paid,
    not_positive,  ///< a refund is of a hundredth at least
    not_payable,   ///< a part of a coin of the currency, as half a yen: the gateway cannot give it
    too_much       ///< more than is left, or nothing is
};

enum class ReviewRefusal { unknown_payment, not_under_review };

/// The least that a gateway takes of a currency, in the order's hundredths. An order below it may
/// be placed all the same, and paid by hand. Nothing where the gateway alone knows.
/// Source: gateways §1.6, §3 (PhonePe).
std::optional<Money> least_amount(Gateway gateway, std::string_view currency);

/// What a gateway answered when it was asked to give money back.
struct RefundAnswer {
    MovementState state = MovementState::pending;
    std::string reference = {};  ///< the gateway's id of the refund; may be empty
    std::string failure = {};
};

/// What each gateway does for its own payments. Called outside any transaction, from a job.
class GatewayModule {
public:
    virtual ~GatewayModule() = default;

    /// Asks for the money back, or what became of an earlier try: one refund for all tries, by the
    /// transaction's key. `attempt` counts from 1, and may begin anew. Throws `client::Unavailable`
    /// where no answer came.
    virtual RefundAnswer refund(Payment const& payment, Transaction const& refund,
                                std::int64_t attempt) = 0;

    /// Asks the gateway about a payment whose answer never came, and settles what it says.
    virtual void reconcile(Payment const& payment) = 0;
};

struct Options {
    std::chrono::seconds reconcile_after{60};  ///< ask about a payment that is open for so long
    std::int64_t retries_max = 3;
    std::chrono::seconds event_life = std::chrono::days(30);
};

/// What of the payments' list is asked for; what is not named does not matter.
struct Filter {
    std::optional<bool> needs_review = {};
    std::optional<Status> status = {};
    std::optional<Gateway> gateway = {};
    std::optional<OrderId> order = {};
    std::optional<UserId> user = {};           ///< of the orders
    std::optional<std::string> type = {};      ///< as `Payment::payment_type`
    std::optional<Instant> from = {};          ///< made then or later
    std::optional<Instant> before = {};        ///< made earlier
    std::optional<PaymentId> older_than = {};  ///< made before that one
    std::optional<PaymentId> newer_than = {};  ///< made after that one

    bool operator==(Filter const&) const = default;
};

/// What a list of payments may be ordered by: what the surfaces show of them. `made` is by their
/// ids; the tax and the discount are their orders'.
enum class SortBy {
    made,
    order,
    gateway,
    attempt,
    transaction_id,
    reference,
    gateway_transaction,
    type,
    amount,
    currency,
    captured,
    refunded,
    refund_pending,
    status,
    needs_review,
    review_reason,
    failure_reason,
    expires,
    completed,
    updated,
    tax,
    discount
};
struct Ordering {
    SortBy by = SortBy::made;
    bool descending = true;

    bool operator==(Ordering const&) const = default;
};

/// The books of payments, whatever the gateway: a gateway's module asks and hears, and says here
/// what it heard. Owns `payments`, `transactions` and `gateway_events`. Any thread; each function
/// is one transaction and calls nobody outside.
///
/// An order is paid once: by whichever confirmed capture comes first; later ones go back by
/// themselves. Captured − refunded − on its way back is never negative, and nothing confirmed twice
/// counts twice (contract §7, §11; attacks 3, 8, 10 to 19). Rows are locked in the order order,
/// payment, transaction, product, coupon.
class Payments {
public:
    /// Takes the outbox' topics `payment.refund_due` and `payment.refund`, and the payments that
    /// admins record by hand.
    Payments(db::Database& database, orders::Orders& orders, jobs::Outbox& outbox,
             Clock const& clock, Options options = {});
    Payments(Payments const&) = delete;
    Payments& operator=(Payments const&) = delete;

    /// Who speaks to a gateway. Before the first job.
    void use(Gateway gateway, GatewayModule& module);

    /// The order's open payment by that gateway, or a new one. What it was given by the gateway
    /// (`reference`) may be there already.
    std::expected<BegunPayment, BeginRefusal> begin(Beginning const& beginning);

    /// Keeps what the gateway answered: the first answer holds. For Stripe the order shows it.
    /// Gives the payment with that; what else it holds may be as old as what was given.
    Payment opened(Payment const& payment, std::string_view reference,
                   std::string_view client_secret);

    /// The gateway holds the money.
    Captured captured(Confirmed const& confirmed, std::optional<GatewayEvent> const& event = {});
    /// As above, of the payment that the gateway knows by that name, whatever `confirmed` says.
    /// Nothing, and nothing done, where there is none.
    std::optional<Captured> captured(Gateway gateway, std::string_view reference,
                                     Confirmed const& confirmed, GatewayEvent const& event);

    /// The payment failed for good. Nothing where it has come to an end before.
    void failed(PaymentId id, std::string_view reason, AfterFailure after,
                std::optional<GatewayEvent> const& event = {});

    /// Somebody must look at it. Its status stays. Not once more for what an admin has looked at
    /// (`reviewed`) and the gateway only says again.
    void review(PaymentId id, std::string_view why, std::optional<GatewayEvent> const& event = {});

    /// An admin has looked at it: it needs no review any more. In the audit log, with the note.
    std::expected<PaymentWithTransactions, ReviewRefusal> reviewed(PaymentId id,
                                                                   std::string_view note,
                                                                   audit::Actor const& by);

    /// Takes down an event without an effect.
    void seen(GatewayEvent const& event);

    /// Gives back `amount` of what paid the order, or all that is left. The refund is pending until
    /// the gateway has it; money paid by hand has gone back at once.
    std::expected<Transaction, RefundRefusal> refund(OrderId order, std::optional<Money> amount,
                                                     std::string_view reason,
                                                     audit::Actor const& by);

    /// What became of a refund.
    void refund_answered(TransactionId id, RefundAnswer const& answer,
                         std::optional<GatewayEvent> const& event = {});

    /// The gateway speaks of a refund by its own id, and by our key where it has that: one of ours,
    /// or one that was made at the gateway itself.
    void refund_heard(PaymentId payment, Money amount, std::string_view key,
                      RefundAnswer const& answer, std::optional<GatewayEvent> const& event = {});

    /// The gateway says what has been refunded of a payment in all. What the books miss was made at
    /// the gateway itself.
    void refunded_in_all(PaymentId payment, Money total,
                         std::optional<GatewayEvent> const& event = {});

    std::optional<Payment> find(PaymentId id);
    std::optional<Payment> find(Gateway gateway, std::string_view reference);
    /// The newest of an order's payments, by any gateway or that one.
    std::optional<Payment> newest(OrderId order, std::optional<Gateway> gateway = {});
    /// An order, without its items, and the newest of its payments by a gateway.
    struct OrderAndPayment {
        orders::Order order;
        std::optional<Payment> payment;
    };
    /// Nothing for an unknown order, or a deleted one.
    std::optional<OrderAndPayment> newest_with_order(OrderId order, Gateway gateway);
    /// What tells how an order is paid: the payment that paid it, else the newest.
    std::optional<Payment> deciding(OrderId order);
    /// Of all those orders, newest first: one statement.
    std::vector<Payment> of_orders(std::vector<OrderId> const& orders);
    /// Nothing for an unknown payment.
    std::optional<PaymentWithTransactions> show(PaymentId id);

    /// How many there are, and `limit` of them after the first `offset`. Of all payments and those
    /// of a gateway, newest first, it costs the same at any depth.
    std::int64_t count(Filter const& filter);
    std::vector<Payment> page(Filter const& filter, Ordering ordering, std::int64_t offset,
                              std::int64_t limit);
    /// As `page`, with all their movements: two statements.
    std::vector<PaymentWithTransactions> show_page(Filter const& filter, Ordering ordering,
                                                   std::int64_t offset, std::int64_t limit);
    /// Of that payment, oldest first.
    std::vector<Transaction> transactions(PaymentId payment);

    /// Asks about payments that are open for too long, `limit` at most. Safe on several nodes at
    /// once. Returns how many were due.
    std::size_t reconcile(std::size_t limit);

    /// Forgets events that no gateway sends again. Returns how many, `limit` at most.
    std::size_t remove_expired_events(std::size_t limit);

    /// What is wrong with the books, a sentence each. Source: contract §11.3.
    static std::vector<std::string> verify(db::Read& read, std::size_t findings_max);

private:
    struct Locked;
    std::optional<Locked> lock(db::Tx& tx, PaymentId id);
    Locked lock(db::Tx& tx, PaymentId id, OrderId of);
    Captured capture(db::Tx& tx, Locked locked, Confirmed const& confirmed, bool may_revive);
    template <class Capture>
    auto capture_or_give_back(Capture const& capture);
    Transaction start_refund(db::Tx& tx, Locked& locked, Money amount, std::string_view reason,
                             std::optional<UserId> by);
    void settle_refund(db::Tx& tx, Locked& locked, Transaction refund, RefundAnswer const& answer);
    void add_outside_refund(db::Tx& tx, Locked& locked, Money amount, std::string key,
                            RefundAnswer const& answer);
    void take_told(db::Tx& tx, std::vector<Transaction> told, Money amount);
    void add_heard_refund(db::Tx& tx, Locked& locked, std::vector<Transaction> told, Money amount,
                          RefundAnswer const& answer);
    void show_refunds(db::Tx& tx, Locked const& locked);
    void flag(db::Tx& tx, Payment& payment, std::string_view why);
    void record_by_hand(db::Tx& tx, orders::Order const& order, std::optional<UserId> by);
    bool is_new(db::Tx& tx, std::optional<GatewayEvent> const& event);
    jobs::Handled refund_order(OrderId order);
    jobs::Handled send_refund(TransactionId id, std::int64_t turn, std::string& message);
    db::RowBlocks* blocks_of(Filter const& filter);
    std::int64_t count_in(db::Read& read, Filter const& filter);
    std::vector<Payment> page_in(db::Read& read, Filter const& filter, Ordering ordering,
                                 std::int64_t offset, std::int64_t limit);
    void give_up_open(db::Tx& tx, std::vector<Payment> const& payments);

    db::Database& database_;
    orders::Orders& orders_;
    jobs::Outbox& outbox_;
    Clock const& clock_;
    Options options_;
    db::RowBlocks blocks_;                     ///< of all payments
    std::array<db::RowBlocks, 4> by_gateway_;  ///< of each gateway's
    std::array<GatewayModule*, 4> modules_{};
};

}  // namespace cartwright::payments
