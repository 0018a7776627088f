#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "features/carts/cart.hpp"
#include "features/catalog/catalog.hpp"
#include "platform/db/database.hpp"

namespace cartwright::carts {

/// Why a cart was not shown or not changed. Nothing was changed then.
enum class Refusal {
    cart_limit,           ///< the user has five carts, none of them in this store
    too_many_lines,       ///< `Options::lines_max`
    product_unavailable,  ///< unknown, hidden, or another store's
    insufficient_stock,   ///< the line would hold more than there is
    unknown_item          ///< no such line in the user's cart of this store
};

struct Options {
    std::size_t lines_max = 1000;  ///< different products in one cart; 1,024 at most
};

/// Carts. Owns `carts` and `cart_items`. Any thread; each function is one transaction unless it
/// takes one.
///
/// Every change first bumps the cart's version, which locks its row until the commit: changes and
/// checkouts of one cart follow each other (attacks 7, 9, 37). Locks are taken in the order cart,
/// then products.
class Carts {
public:
    Carts(db::Database& database, catalog::Catalog& catalog, Clock const& clock,
          Options options = {});

    /// The user's cart in that store. One that is not there yet is shown empty, with the id that it
    /// will have, or without one where the user has all the carts that one may have; looking makes
    /// nothing. Source: shop-api 26.
    ShownCart show(UserId user, StoreId store);

    /// The user's carts, in id order: all of them, or the one in that store where he has it.
    /// Source: customer-api "List User Carts", "Get Cart by Store".
    std::vector<ShownCart> list(UserId user, std::optional<StoreId> only = {});

    struct Made {
        ShownCart shown;
        bool is_new = false;
    };
    /// Makes a cart where the user has none in that store. Refuses `cart_limit`. Source:
    /// customer-api "Create New Cart".
    std::expected<Made, Refusal> make(UserId user, StoreId store);

    /// Puts a coupon on the user's cart, or takes it off, and shows the cart. Nothing: he has none
    /// in that store. Whether it applies is asked when the cart is shown and when it is ordered.
    std::optional<ShownCart> set_coupon(UserId user, StoreId store,
                                        std::optional<std::string> const& code);

    /// The store of the cart in which the user has such a line.
    std::optional<StoreId> store_of(UserId user, CartItemId item);

    /// Adds `quantity` (1 or more) of the product to what the cart has of it, and makes the cart
    /// where there is none. Refuses all but `unknown_item`. Source: shop-api 27, contract §5.
    std::expected<ShownLine, Refusal> add(UserId user, StoreId store, ProductId product,
                                          std::int64_t quantity, std::string_view variant = {});

    /// Sets a line's quantity (1 or more). Refuses `unknown_item`, `product_unavailable`,
    /// `insufficient_stock`. Source: shop-api 29.
    std::expected<ShownLine, Refusal> set_quantity(UserId user, StoreId store, CartItemId item,
                                                   std::int64_t quantity);

    /// Removes all carts of a user whose account is gone.
    void forget(UserId user);

    /// How many carts the user has.
    std::int64_t count(UserId user);

    /// Whether the store has such a product and sells it now.
    bool sells(StoreId store, ProductId product);

    /// Whether the user's cart in that store has such a line.
    bool has_item(UserId user, StoreId store, CartItemId item);

    /// False: there was no such line. Source: shop-api 30.
    bool remove(UserId user, StoreId store, CartItemId item);

    /// Removes every line, and the coupon; the cart stays. False: he has no cart in that store.
    /// Source: shop-api 28, customer-api "Clear Cart".
    bool clear(UserId user, StoreId store);
    /// So of all the user's carts.
    void clear_all(UserId user);

    /// The cart, locked until the transaction ends; nothing where the user has none in that store.
    std::optional<Cart> lock(db::Tx& tx, UserId user, StoreId store);

    /// Removes the lines of a cart that this transaction has locked, exactly those that it was
    /// given, and its coupon.
    void empty(db::Tx& tx, Cart const& locked);

    /// What is wrong with the carts, a sentence each, `findings_max` at most. Source: contract
    /// §11.5.
    static std::vector<std::string> verify(db::Read& read, std::size_t findings_max);

private:
    std::vector<ShownCart> list_in(db::Read& read, UserId user, std::optional<StoreId> only);
    std::optional<CartId> touch(db::Tx& tx, UserId user, StoreId store);
    struct Touched {
        CartId id;
        bool made = false;
    };
    std::expected<Touched, Refusal> touch_or_make(db::Tx& tx, UserId user, StoreId store);
    /// As `touch`; what it finds is known when the next statement has run.
    void touch_later(db::Tx& tx, UserId user, StoreId store, std::optional<CartId>& touched);
    /// Adds the line to what the cart has of it, and makes it what the cart has now. False: the
    /// cart has too many lines with it.
    bool put(db::Tx& tx, CartId cart, Line& line);

    db::Database& database_;
    catalog::Catalog& catalog_;
    Clock const& clock_;
    Options options_;
};

}  // namespace cartwright::carts
