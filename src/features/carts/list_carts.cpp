#include <utility>

#include "features/carts/carts.hpp"

namespace cartwright::carts {
namespace {

db::Query const list_query{
    "carts.list",
    "SELECT c.id, c.created_at, c.updated_at, i.id, i.product_id, i.variant, i.quantity, "
    "i.added_at, c.coupon_code, c.store_id FROM carts c LEFT JOIN cart_items i ON i.cart_id = c.id "
    "WHERE c.user_id = $1 ORDER BY c.id, i.id"};
db::Query const coupon_query{
    "carts.set_coupon",
    "UPDATE carts SET coupon_code = $1, version = version + 1, updated_at = $2 "
    "WHERE user_id = $3 AND store_id = $4"};
db::Query const store_query{"carts.store_of",
                            "SELECT c.store_id FROM cart_items i JOIN carts c ON c.id = i.cart_id "
                            "WHERE i.id = $1 AND c.user_id = $2"};
db::Query const touch_all_query{
    "carts.touch_all",
    "UPDATE carts SET version = version + 1, updated_at = $1, coupon_code = NULL "
    "WHERE user_id = $2"};
db::Query const empty_all_query{
    "carts.empty_all",
    "DELETE FROM cart_items WHERE cart_id IN (SELECT id FROM carts WHERE user_id = $1)"};

/// A cart and the products of its lines, as the rows of `list_query` come.
struct Listed {
    Cart cart;
    std::vector<ProductId> products;
};

void add_row(std::vector<Listed>& carts, UserId user, db::Row const& row) {
    auto const id = row.id<CartId>(0);
    if (carts.empty() || carts.back().cart.id != id)
        carts.push_back({.cart = {.id = id,
                                  .user = user,
                                  .store = row.id<StoreId>(9),
                                  .created_at = row.instant(1),
                                  .updated_at = row.instant(2),
                                  .coupon_code = row.maybe_string(8)},
                         .products = {}});
    if (row.is_null(3)) return;
    auto& [cart, products] = carts.back();
    cart.lines.push_back({.id = row.id<CartItemId>(3),
                          .product = row.id<ProductId>(4),
                          .variant = row.string(5),
                          .quantity = row.integer(6),
                          .added_at = row.instant(7)});
    products.push_back(cart.lines.back().product);
}

}  // namespace

std::vector<ShownCart> Carts::list_in(db::Read& read, UserId user, std::optional<StoreId> only) {
    std::vector<Listed> listed;
    read.each(list_query, [&](db::Row const& row) { add_row(listed, user, row); }, user);
    std::vector<ShownCart> shown;
    for (auto& [cart, products] : listed) {
        if (only && cart.store != *only) continue;
        auto goods = Goods::read(catalog_, read, std::move(products));
        shown.push_back({std::move(cart), std::move(goods)});
    }
    return shown;
}

std::vector<ShownCart> Carts::list(UserId user, std::optional<StoreId> only) {
    return database_.read([&](db::Read& read) { return list_in(read, user, only); });
}

std::optional<ShownCart> Carts::set_coupon(UserId user, StoreId store,
                                           std::optional<std::string> const& code) {
    return database_.write([&](db::Tx& tx) -> std::optional<ShownCart> {
        if (tx.execute(coupon_query, code, clock_.now(), user, store) == 0) return std::nullopt;
        return std::move(list_in(tx, user, store).front());
    });
}

std::optional<StoreId> Carts::store_of(UserId user, CartItemId item) {
    return database_.read([&](db::Read& read) {
        return read.first(
            store_query, [](db::Row const& row) { return row.id<StoreId>(0); }, item, user);
    });
}

void Carts::clear_all(UserId user) {
    database_.write([&](db::Tx& tx) {
        tx.execute(touch_all_query, clock_.now(), user);
        tx.execute(empty_all_query, user);
    });
}

}  // namespace cartwright::carts
