#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "features/audit/audit.hpp"
#include "features/carts/carts.hpp"
#include "features/catalog/catalog.hpp"
#include "features/orders/order.hpp"
#include "features/orders/transitions.hpp"
#include "platform/db/database.hpp"
#include "platform/db/row_blocks.hpp"
#include "platform/jobs/outbox.hpp"

namespace cartwright::orders {

/// What the outbox holds of an order, written in the transaction that caused it; the subject is the
/// order. `refunded`: the payload is the amount in minor units.
inline constexpr std::string_view placed_topic = "mail.order_placed";
inline constexpr std::string_view shipped_topic = "mail.order_shipped";
inline constexpr std::string_view cancelled_topic = "mail.order_cancelled";
inline constexpr std::string_view refunded_topic = "mail.order_refunded";
/// For the CRM, where there is one.
inline constexpr std::string_view completed_topic = "crm.order_completed";

/// Why an order was not placed. Nothing was changed then. Each surface has its own words for these.
enum class PlaceRefusal {
    no_lines,         ///< an empty cart, or none
    too_many_lines,   ///< `Options::lines_max`
    bad_lines,        ///< `Refused::bad` says which
    total_too_large,  ///< a line or the whole is beyond `carts::amount_max`
    bad_coupon,       ///< `Refused::coupon` says why it does not apply
    total_differs     ///< from what the buyer expected: `Refused::total` is what it would be
};

/// A product that cannot be had as wanted.
struct BadLine {
    enum class Why { unavailable, insufficient_stock };

    ProductId product;
    Why why = Why::unavailable;
    std::string name;  ///< empty for a product that there is not
    std::int64_t wanted = 0;
    std::int64_t available = 0;
};

struct Refused {
    PlaceRefusal why;
    std::vector<BadLine> bad = {};  ///< one a product, in the order of the lines
    Money total = {};
    std::optional<coupons::Refusal> coupon = {};
};

/// One line of an order to be. Lines of one product (and variant) are summed.
struct Wanted {
    ProductId product;
    std::int64_t quantity = 0;  ///< 1 or more
    std::string variant = {};
};

/// Who buys, from which store and to where.
struct Purchase {
    UserId buyer;
    std::string buyer_email;
    Surface surface = Surface::shop;
    stores::Store store;
    std::string shipping_address;
    std::string billing_address;
    std::optional<Money> expected_total = {};  ///< refuse any other
    std::optional<std::string> coupon_code = {};
    std::optional<Delivery> delivery = {};
};

/// Who changes an order: a customer his own while they are pending, an admin any. What an admin
/// does is in the audit log.
using Actor = audit::Actor;

/// What is to become of an order; the rest stays.
struct Change {
    std::optional<std::string> shipping_address = {};
    std::optional<std::string> billing_address = {};
    std::optional<Action> action = {};
    std::optional<std::string> tracking_number = {};
    std::optional<std::string> carrier_name = {};
    std::optional<std::string> cancellation_reason = {};
};

/// What a list of orders may be ordered by: what the surfaces show of them. `placed` is by their
/// ids, `progress` and `shop_status` by how far they have come, in either surface's words.
enum class SortBy {
    placed,
    updated,
    buyer,
    email,
    progress,
    shop_status,
    currency,
    subtotal,
    tax,
    shipping,
    discount,
    total,
    coupon,
    shipping_address,
    billing_address,
    tracking_number,
    carrier,
    estimated_delivery,
    delivered,
    payment_intent,
    crm_sync
};

/// Which orders are wanted.
struct Wish {
    std::optional<UserId> of = {};  ///< nothing: everybody's
    std::optional<Progress> progress = {};
    SortBy by = SortBy::placed;
    bool descending = true;
    std::optional<OrderId> after = {};  ///< those that follow it, which costs the same at any depth
    std::int64_t offset = 0;
    std::int64_t limit = 0;
};

/// Why an order was not changed. Nothing was changed then.
enum class ChangeRefusal {
    unknown_order,  ///< or a deleted one
    not_theirs,
    not_pending,    ///< and it is no admin who asks
    bad_transition  ///< `after` has nothing for it
};

enum class CrmRefusal { unknown_order, no_crm, not_completed };

struct Options {
    std::size_t lines_max = 1000;   ///< in one order; `lines_bound` at most
    std::size_t listed_max = 1000;  ///< orders in a list without pages
    bool tells_crm = false;         ///< completed orders are for somebody to hear of
};

/// Orders. Owns `orders` and `order_items`. Any thread; each function is one transaction.
///
/// An order is placed whole or not at all, stock and cart included; what it was placed with never
/// changes (contract §6, attacks 1, 2, 7 to 9, 21). The number of statements is bounded: some
/// twenty for a thousand lines.
///
/// Rows are locked in the order cart, order, products, coupon. A cancelled order has given its
/// units and its coupon's use back in the same transaction, and where it was paid the outbox holds
/// `payment.refund_due` for it. An order that comes to nothing is paid as it is placed: nobody
/// could pay it, and it must not expire.
class Orders {
public:
    Orders(db::Database& database, catalog::Catalog& catalog, carts::Carts& carts,
           coupons::Coupons& coupons, jobs::Outbox& outbox, Clock const& clock,
           Options options = {});
    ~Orders();
    Orders(Orders const&) = delete;
    Orders& operator=(Orders const&) = delete;

    /// Places an order of these lines. Every bad line is reported, not just the first.
    /// Source: shop-api 18, contract §6.
    std::expected<ShownOrder, Refused> place(Purchase const& purchase,
                                             std::span<Wanted const> lines);

    /// Places an order of what the buyer's cart in that store holds, and empties it unless told
    /// otherwise. A customer's order without a coupon takes the cart's. Source: shop-api 31,
    /// customer-api "Create Order".
    std::expected<ShownOrder, Refused> check_out(Purchase const& purchase, bool clear_cart = true);

    /// Changes an order. Source: shop-api 20, contract §6, attack 19.
    std::expected<ShownOrder, ChangeRefusal> change(OrderId id, Actor const& actor,
                                                    Change const& change);

    /// Cancels the buyer's own order, paid or not, that has not left the house. Another's is
    /// unknown. Source: customer-api "Cancel Order".
    std::expected<ShownOrder, ChangeRefusal> cancel(OrderId id, UserId buyer,
                                                    std::string const& reason);

    /// Hides an order; its row stays for the books. One that has not left the house is cancelled
    /// with it. Source: shop-api 21.
    std::expected<OrderId, ChangeRefusal> remove(OrderId id, Actor const& actor);

    /// Does one thing to an order, whoever asks (a payment that failed for good cancels), and
    /// returns it as it then is. `by` is nobody for the shop itself. Joins the caller's
    /// transaction.
    std::expected<Order, ChangeRefusal> act(db::Tx& tx, OrderId id, Action action,
                                            std::optional<UserId> by);

    /// The order without its items, locked until the transaction ends; nothing for a deleted one.
    /// For payments, whose rows are locked after it. One statement.
    std::optional<Order> lock(db::Tx& tx, OrderId id);

    /// Says what the payments of an order come to, and how much of it has gone back, which reports
    /// take off. The order is as this transaction has locked it.
    void set_payment(db::Tx& tx, Order const& locked, PaymentState state, Money refunded = {});

    /// Undoes a cancellation, for the money came late: takes the units and the coupon's use again.
    /// False, with nothing certain about the transaction (roll it back), where they cannot be had.
    /// Source: contract §7, attacks 3, 14, 15.
    bool revive(db::Tx& tx, OrderId id);

    /// Notes what the order is paid with at Stripe, for the shop surface shows it.
    void show_intent(db::Tx& tx, OrderId id, std::string_view intent,
                     std::string_view client_secret);

    /// Whoever keeps the books of payments hears of one that somebody records by hand, and of an
    /// order that costs nothing (then `by` is nobody), in the same transaction. Before the first
    /// use.
    using OnPaidByHand = std::function<void(db::Tx&, Order const&, std::optional<UserId> by)>;
    void on_paid_by_hand(OnPaidByHand listener) { on_paid_by_hand_ = std::move(listener); }

    /// Cancels pending orders that are `age` or older, `limit` at most, each in its own
    /// transaction; safe on several nodes at once. Returns how many.
    std::size_t expire(std::chrono::seconds age, std::size_t limit);

    /// Has the CRM told of a completed order (once more). In the audit log. Source: contract §8.
    std::expected<ShownOrder, CrmRefusal> sync_crm(OrderId id, Actor const& actor);
    /// What became of it. Joins the caller's transaction.
    void set_crm_sync(db::Tx& tx, OrderId id, CrmSync sync);

    Options const& options() const { return options_; }

    /// Which of the products the store does not sell (now): unknown, hidden or another store's.
    std::vector<ProductId> unavailable(StoreId store, std::vector<ProductId> products);

    /// The order, whoever asks; nothing for a deleted one. Source: shop-api 19.
    std::optional<ShownOrder> find(OrderId id);

    /// Those of the orders that are there and not deleted, whoever asks: what they are, without
    /// their items. Two statements.
    std::vector<Order> find_all(std::vector<OrderId> const& ids);

    /// The order without its items; nothing for a deleted one. Joins the caller's reading. One
    /// statement.
    std::optional<Order> look(db::Read& read, OrderId id);

    /// The newest orders of a user, or of all: `Options::listed_max` at most. Source: shop-api 17.
    ShownOrders newest(std::optional<UserId> of);

    struct All;
    /// A user's orders, or all: how many there are, and how all of them lie.
    struct Total {
        std::optional<UserId> of;
        std::int64_t count = 0;
        std::shared_ptr<All const> all = nullptr;  ///< null: of a user
    };
    /// Remembered for the most part, not counted.
    Total total(std::optional<UserId> of);

    /// `limit` of those orders after the `offset` newest. The page of all costs the same at any
    /// depth.
    ShownOrders page(Total const& total, std::int64_t offset, std::int64_t limit);

    /// The orders that somebody wants to see. Source: customer-api "List Orders", contract §2
    /// (ordering).
    ShownOrders list(Wish const& wish);
    /// How many there are of that progress, or of any.
    std::int64_t count_of(Wish const& wish);

    /// Of a user whose account is gone: takes the address and the e-mail out of orders that are
    /// delivered or cancelled. Open ones keep them until then, for somebody must deliver them.
    /// Source: contract §10 (account deletion).
    void forget_person(UserId user);

    /// What is wrong with the orders, a sentence each, `findings_max` at most: units sold against
    /// the stock ledger, totals against items, orders without items, the
    /// days' running totals against the orders. Source: contract §11.1.
    static std::vector<std::string> verify(db::Read& read, std::size_t findings_max);

private:
    std::expected<ShownOrder, Refused> place_in(db::Tx& tx, Purchase const& purchase,
                                                std::span<Wanted const> lines,
                                                std::optional<std::string> const& coupon);
    ShownOrder with_goods(db::Read& read, Order order);
    ShownOrders with_goods(db::Read& read, std::vector<Order> orders);
    /// Nothing off where there is no coupon.
    std::expected<coupons::Discount, coupons::Refusal> redeem(
        db::Tx& tx, Purchase const& purchase, std::optional<std::string> const& coupon,
        Money subtotal);
    std::expected<Order, ChangeRefusal> lock_for(db::Tx& tx, OrderId id, Actor const& actor);
    std::optional<ChangeRefusal> apply(db::Tx& tx, Order& order, Change const& change,
                                       std::optional<UserId> by);

    void ask_crm_sync(db::Tx& tx, OrderId id);
    void pay_nothing(db::Tx& tx, Order& order);

    struct Counts;
    Total total_of_all(db::Read& read);
    std::int64_t count_users(db::Read& read, UserId user);

    db::Database& database_;
    catalog::Catalog& catalog_;
    carts::Carts& carts_;
    coupons::Coupons& coupons_;
    jobs::Outbox& outbox_;
    Clock const& clock_;
    Options options_;
    OnPaidByHand on_paid_by_hand_;
    std::unique_ptr<Counts> counts_;
};

}  // namespace cartwright::orders
