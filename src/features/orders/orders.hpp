#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "features/carts/carts.hpp"
#include "features/catalog/catalog.hpp"
#include "features/orders/order.hpp"
#include "platform/db/database.hpp"

namespace cartwright::orders {

/// Why an order was not placed. Nothing was changed then. Each surface has its own words for these.
enum class PlaceRefusal {
    no_lines,         ///< an empty cart, or none
    too_many_lines,   ///< `Options::lines_max`
    bad_lines,        ///< `Refused::bad` says which
    total_too_large,  ///< a line or the whole is beyond `carts::amount_max`
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
};

struct Options {
    std::size_t lines_max = 1000;   ///< in one order; `lines_bound` at most
    std::size_t listed_max = 1000;  ///< orders in a list without pages
};

/// Orders. Owns `orders` and `order_items`. Any thread; each function is one transaction.
///
/// An order is placed whole or not at all, stock and cart included; what it was placed with never
/// changes (contract §6, attacks 1, 2, 7 to 9, 21). The number of statements is bounded: some
/// twenty for a thousand lines.
class Orders {
public:
    Orders(db::Database& database, catalog::Catalog& catalog, carts::Carts& carts,
           Clock const& clock, Options options = {});
    ~Orders();
    Orders(Orders const&) = delete;
    Orders& operator=(Orders const&) = delete;

    /// Places an order of these lines. Every bad line is reported, not just the first.
    /// Source: shop-api 18, contract §6.
    std::expected<ShownOrder, Refused> place(Purchase const& purchase,
                                             std::span<Wanted const> lines);

    /// Places an order of what the buyer's cart in that store holds, and empties it unless told
    /// otherwise. Source: shop-api 31.
    std::expected<ShownOrder, Refused> check_out(Purchase const& purchase, bool clear_cart = true);

    Options const& options() const { return options_; }

    /// Which of the products the store does not sell (now): unknown, hidden or another store's.
    std::vector<ProductId> unavailable(StoreId store, std::vector<ProductId> products);

    /// The order, whoever asks; nothing for a deleted one. Source: shop-api 19.
    std::optional<ShownOrder> find(OrderId id);

    /// The newest orders of a user, or of all: `Options::listed_max` at most. Source: shop-api 17.
    ShownOrders newest(std::optional<UserId> of);

    /// `limit` orders of a user, or of all, after the `offset` newest.
    ShownOrders page(std::optional<UserId> of, std::int64_t offset, std::int64_t limit);

    /// How many orders a user has, or all have. Remembered for the most part, not counted.
    std::int64_t count(std::optional<UserId> of);

    /// Of a user whose account is gone: takes the address and the e-mail out of orders that are
    /// delivered or cancelled. Open ones keep them until then, for somebody must deliver them.
    /// Source: contract §10 (account deletion).
    void forget_person(UserId user);

    /// What is wrong with the orders, a sentence each, `findings_max` at most: units sold against
    /// the stock ledger, totals against items, orders without items. Source: contract §11.1.
    static std::vector<std::string> verify(db::Read& read, std::size_t findings_max);

private:
    std::expected<ShownOrder, Refused> place_in(db::Tx& tx, Purchase const& purchase,
                                                std::span<Wanted const> lines);
    ShownOrders with_goods(db::Read& read, std::vector<Order> orders);

    struct Counts;

    db::Database& database_;
    catalog::Catalog& catalog_;
    carts::Carts& carts_;
    Clock const& clock_;
    Options options_;
    std::unique_ptr<Counts> counts_;
};

}  // namespace cartwright::orders
