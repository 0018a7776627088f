#include "features/carts/carts.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "base/check.hpp"

namespace cartwright::carts {
namespace {

db::Query const show_query{"carts.show",
                           "SELECT c.id, c.created_at, c.updated_at, i.id, i.product_id, "
                           "i.variant, i.quantity, i.added_at, c.coupon_code "
                           "FROM carts c LEFT JOIN cart_items i ON i.cart_id = c.id "
                           "WHERE c.user_id = $1 AND c.store_id = $2 ORDER BY i.id"};
db::Query const ids_query{"carts.ids", "SELECT id FROM carts WHERE user_id = $1"};
db::Query const touch_query{
    "carts.touch",
    "UPDATE carts SET version = version + 1, updated_at = $1 WHERE user_id = $2 AND store_id = $3 "
    "RETURNING id"};
db::Query const make_query{
    "carts.make",
    "INSERT INTO carts (id, user_id, store_id, version, created_at, updated_at) "
    "VALUES ($1, $2, $3, 1, $4, $4) ON CONFLICT DO NOTHING RETURNING id"};
db::Query const put_query{
    "carts.put",
    "INSERT INTO cart_items (cart_id, product_id, variant, quantity, added_at) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (cart_id, product_id, variant) "
    "DO UPDATE SET quantity = cart_items.quantity + excluded.quantity "
    "RETURNING id, quantity, added_at"};
db::Query const count_query{"carts.count", "SELECT count(*) FROM cart_items WHERE cart_id = $1"};
db::Query const item_query{
    "carts.item",
    "SELECT i.product_id, i.variant, i.added_at FROM cart_items i JOIN carts c ON c.id = i.cart_id "
    "WHERE i.id = $1 AND c.user_id = $2 AND c.store_id = $3"};
db::Query const set_query{"carts.set",
                          "UPDATE cart_items SET quantity = $1 WHERE id = $2 AND cart_id = $3"};
db::Query const remove_query{"carts.remove",
                             "DELETE FROM cart_items WHERE id = $1 AND cart_id = $2"};
db::Query const lock_query{
    "carts.lock",
    "UPDATE carts SET version = version + 1, updated_at = $1 WHERE user_id = $2 AND store_id = $3 "
    "RETURNING id, created_at, coupon_code"};
db::Query const lines_query{
    "carts.lines",
    "SELECT i.id, i.product_id, i.variant, i.quantity, i.added_at FROM carts c "
    "JOIN cart_items i ON i.cart_id = c.id WHERE c.user_id = $1 AND c.store_id = $2 "
    "ORDER BY i.id"};
db::Query const empty_query{"carts.empty", "DELETE FROM cart_items WHERE cart_id = $1"};
db::Query const drop_coupon_query{
    "carts.drop_coupon",
    "UPDATE carts SET coupon_code = NULL WHERE id = $1 AND coupon_code IS NOT NULL"};
db::Query const too_many_query{
    "carts.verify_count",
    "SELECT user_id, count(*) FROM carts GROUP BY user_id HAVING count(*) > 5 LIMIT $1"};
db::Query const misplaced_query{
    "carts.verify_ids",
    "SELECT id, user_id FROM carts WHERE id NOT BETWEEN user_id * 5 - 4 AND user_id * 5 LIMIT $1"};

Line line_of(db::Row const& row, int first) {
    return {.id = row.id<CartItemId>(first),
            .product = row.id<ProductId>(first + 1),
            .variant = row.string(first + 2),
            .quantity = row.integer(first + 3),
            .added_at = row.instant(first + 4)};
}

/// The lowest of the user's five cart ids that no cart has.
std::optional<CartId> free_id(db::Read& read, UserId user) {
    std::array<bool, carts_max> taken{};
    auto const first = user.value * carts_max - carts_max + 1;
    read.each(
        ids_query,
        [&](db::Row const& row) {
            taken.at(static_cast<std::size_t>(row.integer(0) - first)) = true;
        },
        user);
    for (std::size_t slot = 0; slot < taken.size(); ++slot)
        if (!taken[slot]) return CartId{first + static_cast<std::int64_t>(slot)};
    return std::nullopt;
}

bool buyable(catalog::Product const* product, StoreId store) {
    return product != nullptr && product->store == store && product->on_sale();
}

}  // namespace

Carts::Carts(db::Database& database, catalog::Catalog& catalog, Clock const& clock, Options options)
    : database_(database), catalog_(catalog), clock_(clock), options_(options) {
    check(options_.lines_max >= 1 && options_.lines_max <= 1024, "a cart has 1 to 1,024 lines");
}

ShownCart Carts::show(UserId user, StoreId store) {
    return database_.read([&](db::Read& read) {
        Cart cart{.user = user, .store = store};
        std::vector<ProductId> products;
        read.each(
            show_query,
            [&](db::Row const& row) {
                cart.id = row.id<CartId>(0);
                cart.created_at = row.instant(1);
                cart.updated_at = row.instant(2);
                cart.coupon_code = row.maybe_string(8);
                if (row.is_null(3)) return;
                cart.lines.push_back(line_of(row, 3));
                products.push_back(cart.lines.back().product);
            },
            user, store);
        if (!cart.id) {
            cart.id = free_id(read, user).value_or(CartId{});
            cart.created_at = cart.updated_at = clock_.now();
        }
        auto goods = Goods::read(catalog_, read, std::move(products));
        return ShownCart{std::move(cart), std::move(goods)};
    });
}

std::optional<CartId> Carts::touch(db::Tx& tx, UserId user, StoreId store) {
    return tx.first(
        touch_query, [](db::Row const& row) { return row.id<CartId>(0); }, clock_.now(), user,
        store);
}

std::expected<Carts::Made, Refusal> Carts::make(UserId user, StoreId store) {
    return database_.write([&](db::Tx& tx) -> std::expected<Made, Refusal> {
        auto const cart = touch_or_make(tx, user, store);
        if (!cart) return std::unexpected(cart.error());
        return Made{std::move(list_in(tx, user, store).front()), cart->made};
    });
}

void Carts::touch_later(db::Tx& tx, UserId user, StoreId store, std::optional<CartId>& touched) {
    auto const on_row = [&touched](db::Row const& row) {
        touched = row.id<CartId>(0);
    };
    tx.later(touch_query, {.on_row = on_row, .on_end = {}}, clock_.now(), user, store);
}

std::expected<Carts::Touched, Refusal> Carts::touch_or_make(db::Tx& tx, UserId user,
                                                            StoreId store) {
    // Each turn that makes nothing has lost to a rival who made a cart of this user: of those there
    // are five.
    for (auto turn = 0; turn <= carts_max; ++turn) {
        if (auto const found = touch(tx, user, store)) return Touched{*found};
        auto const id = free_id(tx, user);
        if (!id) {
            // The fifth may be this very cart, which a rival has made since it was looked for.
            if (auto const found = touch(tx, user, store)) return Touched{*found};
            return std::unexpected(Refusal::cart_limit);
        }
        auto const made = tx.first(
            make_query, [](db::Row const& row) { return row.id<CartId>(0); }, *id, user, store,
            clock_.now());
        if (made) return Touched{*made, true};
    }
    throw db::Unavailable("the user's carts change too fast");
}

bool Carts::put(db::Tx& tx, CartId cart, Line& line) {
    auto const added = line.quantity;
    auto const on_row = [&line](db::Row const& row) {
        line.id = row.id<CartItemId>(0);
        line.quantity = row.integer(1);
        line.added_at = row.instant(2);
    };
    tx.later(put_query, {.on_row = on_row, .on_end = {}}, cart, line.product, line.variant, added,
             line.added_at);
    auto const lines =
        tx.first(count_query, [](db::Row const& row) { return row.integer(0); }, cart);
    auto const is_new = line.quantity == added;  // a line there already had one unit at least
    return !is_new || lines <= static_cast<std::int64_t>(options_.lines_max);
}

std::expected<ShownLine, Refusal> Carts::add(UserId user, StoreId store, ProductId product,
                                             std::int64_t quantity, std::string_view variant) {
    check(quantity >= 1, "nobody adds less than one");
    return database_.write([&](db::Tx& tx) -> std::expected<ShownLine, Refusal> {
        std::optional<CartId> there;
        touch_later(tx, user, store, there);  // of no use where one of these refuses: undone then
        ShownLine shown{.line = {.product = product,
                                 .variant = std::string(variant),
                                 .quantity = quantity,
                                 .added_at = clock_.now()},
                        .goods = Goods::read(catalog_, tx, {product})};
        auto const* const wanted = shown.goods.find(product);
        if (!buyable(wanted, store)) return std::unexpected(Refusal::product_unavailable);
        if (quantity > wanted->stock) return std::unexpected(Refusal::insufficient_stock);

        if (!there) {
            auto const cart = touch_or_make(tx, user, store);
            if (!cart) return std::unexpected(cart.error());
            there = cart->id;
        }
        if (!put(tx, *there, shown.line)) return std::unexpected(Refusal::too_many_lines);
        if (shown.line.quantity > wanted->stock)
            return std::unexpected(Refusal::insufficient_stock);
        return shown;
    });
}

std::expected<ShownLine, Refusal> Carts::set_quantity(UserId user, StoreId store, CartItemId item,
                                                      std::int64_t quantity) {
    check(quantity >= 1, "nobody orders less than one");
    return database_.write([&](db::Tx& tx) -> std::expected<ShownLine, Refusal> {
        auto line = tx.first(
            item_query,
            [&](db::Row const& row) {
                return Line{.id = item,
                            .product = row.id<ProductId>(0),
                            .variant = row.string(1),
                            .quantity = quantity,
                            .added_at = row.instant(2)};
            },
            item, user, store);
        if (!line) return std::unexpected(Refusal::unknown_item);
        auto goods = Goods::read(catalog_, tx, {line->product});
        auto const* const product = goods.find(line->product);
        if (!buyable(product, store)) return std::unexpected(Refusal::product_unavailable);
        if (quantity > product->stock) return std::unexpected(Refusal::insufficient_stock);

        auto const cart = touch(tx, user, store);
        if (!cart || tx.execute(set_query, quantity, item, *cart) == 0)
            return std::unexpected(Refusal::unknown_item);  // removed or ordered meanwhile
        return ShownLine{std::move(*line), std::move(goods)};
    });
}

bool Carts::sells(StoreId store, ProductId product) {
    return database_.read([&](db::Read& read) {
        return buyable(Goods::read(catalog_, read, {product}).find(product), store);
    });
}

bool Carts::has_item(UserId user, StoreId store, CartItemId item) {
    return database_.read([&](db::Read& read) {
        return read.first(
                       item_query, [](db::Row const&) { return true; }, item, user, store)
            .has_value();
    });
}

bool Carts::remove(UserId user, StoreId store, CartItemId item) {
    return database_.write([&](db::Tx& tx) {
        auto const there =
            tx.first(item_query, [](db::Row const&) { return true; }, item, user, store);
        if (!there) return false;
        auto const cart = touch(tx, user, store);
        return cart && tx.execute(remove_query, item, *cart) != 0;
    });
}

bool Carts::clear(UserId user, StoreId store) {
    return database_.write([&](db::Tx& tx) {
        auto const cart = touch(tx, user, store);
        if (!cart) return false;
        tx.execute(empty_query, *cart);
        tx.execute(drop_coupon_query, *cart);
        return true;
    });
}

std::optional<Cart> Carts::lock(db::Tx& tx, UserId user, StoreId store) {
    auto const now = clock_.now();
    std::optional<Cart> cart;
    auto const on_cart = [&](db::Row const& row) {
        cart.emplace(Cart{.id = row.id<CartId>(0),
                          .user = user,
                          .store = store,
                          .created_at = row.instant(1),
                          .updated_at = now,
                          .coupon_code = row.maybe_string(2)});
    };
    tx.later(lock_query, {.on_row = on_cart, .on_end = {}}, now, user, store);
    auto lines =
        tx.all(lines_query, [](db::Row const& row) { return line_of(row, 0); }, user, store);
    if (cart) cart->lines = std::move(lines);
    return cart;
}

void Carts::empty(db::Tx& tx, Cart const& locked) {
    auto const judge = [lines = locked.lines.size()](std::int64_t removed) {
        check(removed == static_cast<std::int64_t>(lines), "nobody changes a cart that is locked");
    };
    tx.later(empty_query, {.on_row = {}, .on_end = judge}, locked.id);
    if (locked.coupon_code) tx.later(drop_coupon_query, {}, locked.id);
}

std::vector<std::string> Carts::verify(db::Read& read, std::size_t findings_max) {
    std::vector<std::string> findings;
    read.each(
        too_many_query,
        [&](db::Row const& row) {
            findings.push_back(
                fmt::format("User {} has {} carts.", row.integer(0), row.integer(1)));
        },
        findings_max);
    read.each(
        misplaced_query,
        [&](db::Row const& row) {
            findings.push_back(
                fmt::format("Cart {} is not one of user {}.", row.integer(0), row.integer(1)));
        },
        findings_max - findings.size());
    return findings;
}

}  // namespace cartwright::carts
