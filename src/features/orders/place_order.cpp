#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "base/check.hpp"
#include "features/orders/impl/order_store.hpp"
#include "features/orders/impl/units.hpp"
#include "features/orders/orders.hpp"

namespace cartwright::orders {
namespace {

/// More than any stock, and so few that no sum of an order's lines overflows.
constexpr std::int64_t quantity_bound = std::int64_t{1} << 40;

/// The lines with those of one product and variant summed, in the order in which each was first
/// named. Names and prices are still to come.
std::vector<Item> one_item_a_product(std::span<Wanted const> lines) {
    std::vector<std::size_t> order(lines.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    auto const key = [&](std::size_t at) {
        return std::tuple(lines[at].product, std::string_view(lines[at].variant));
    };
    std::ranges::stable_sort(order, {}, key);

    std::vector<std::int64_t> sums(lines.size(),
                                   0);  // of each key, at the line that named it first
    std::size_t first = 0;
    for (auto const at : order) {
        check(lines[at].quantity >= 1, "nobody orders less than one");
        if (sums[first] == 0 || key(first) != key(at)) first = at;
        sums[first] =
            std::min(sums[first] + std::min(lines[at].quantity, quantity_bound), quantity_bound);
    }
    std::vector<Item> items;
    items.reserve(lines.size());
    for (std::size_t at = 0; at < lines.size(); ++at)
        if (sums[at] != 0)
            items.push_back(
                {.product = lines[at].product, .variant = lines[at].variant, .quantity = sums[at]});
    return items;
}

std::optional<BadLine> judge(catalog::Units const& wanted, carts::Goods const& goods,
                             StoreId store) {
    auto const* const product = goods.find(wanted.product);
    auto const foreign = product == nullptr || product->store != store;
    if (!foreign && product->on_sale() && product->stock >= wanted.quantity) return std::nullopt;
    BadLine bad{.product = wanted.product, .wanted = wanted.quantity};
    if (foreign) return bad;
    bad.name = product->name;
    if (product->on_sale()) {
        bad.why = BadLine::Why::insufficient_stock;
        bad.available = product->stock;
    }
    return bad;
}

/// Every product that cannot be had, in the order of the items.
std::vector<BadLine> bad_lines(std::vector<Item> const& items,
                               std::vector<catalog::Units> const& units, carts::Goods const& goods,
                               StoreId store) {
    std::vector<BadLine> bad;
    for (auto const& unit : units)
        if (auto line = judge(unit, goods, store)) bad.push_back(std::move(*line));
    if (bad.size() < 2) return bad;

    auto const first_item = [&](BadLine const& line) {
        return std::ranges::find(items, line.product, &Item::product) - items.begin();
    };
    std::ranges::sort(bad, {}, first_item);
    return bad;
}

/// Gives the items today's names and prices. Returns their sum; nothing where an amount is too
/// large.
std::optional<Money> fix_prices(std::vector<Item>& items, carts::Goods const& goods) {
    Money subtotal;
    for (auto& item : items) {
        auto const& product = goods.product(item.product);
        item.name = product.name;
        item.unit_price = product.price;
        subtotal = subtotal + carts::line_amount(item.unit_price, item.quantity);
    }
    if (subtotal >= carts::amount_max) return std::nullopt;
    return subtotal;
}

}  // namespace

std::expected<ShownOrder, Refused> Orders::place(Purchase const& purchase,
                                                 std::span<Wanted const> lines) {
    return database_.write(
        [&](db::Tx& tx) { return place_in(tx, purchase, lines, purchase.coupon_code); });
}

std::expected<ShownOrder, Refused> Orders::check_out(Purchase const& purchase, bool clear_cart) {
    return database_.write([&](db::Tx& tx) -> std::expected<ShownOrder, Refused> {
        auto const cart = carts_.lock(tx, purchase.buyer, purchase.store.id);
        std::vector<Wanted> lines;
        if (cart) {
            lines.reserve(cart->lines.size());
            for (auto const& line : cart->lines)
                lines.push_back({line.product, line.quantity, line.variant});
        }
        auto coupon = purchase.coupon_code;
        if (!coupon && cart && purchase.surface == Surface::customer) coupon = cart->coupon_code;
        auto placed = place_in(tx, purchase, lines, coupon);
        if (placed && clear_cart) carts_.empty(tx, *cart);
        return placed;
    });
}

std::expected<ShownOrder, Refused> Orders::place_in(db::Tx& tx, Purchase const& purchase,
                                                    std::span<Wanted const> lines,
                                                    std::optional<std::string> const& coupon) {
    if (lines.empty()) return std::unexpected(Refused{PlaceRefusal::no_lines});
    auto items = one_item_a_product(lines);
    if (items.size() > options_.lines_max)
        return std::unexpected(Refused{PlaceRefusal::too_many_lines});

    auto const units = units_of(items);
    std::vector<ProductId> ids;
    ids.reserve(units.size());
    for (auto const& unit : units) ids.push_back(unit.product);
    auto goods = carts::Goods::lock(catalog_, tx, std::move(ids));
    auto const& terms = purchase.store;
    if (auto bad = bad_lines(items, units, goods, terms.id); !bad.empty())
        return std::unexpected(Refused{PlaceRefusal::bad_lines, std::move(bad)});
    auto const subtotal = fix_prices(items, goods);
    if (!subtotal) return std::unexpected(Refused{PlaceRefusal::total_too_large});
    auto const discount = redeem(tx, purchase, coupon, *subtotal);
    if (!discount)
        return std::unexpected(
            Refused{.why = PlaceRefusal::bad_coupon, .coupon = discount.error()});
    auto const totals = totals_of(*subtotal, terms, discount->amount);
    if (totals.total > carts::amount_max)
        return std::unexpected(Refused{PlaceRefusal::total_too_large});
    if (purchase.expected_total && *purchase.expected_total != totals.total)
        return std::unexpected(Refused{PlaceRefusal::total_differs, {}, totals.total});

    auto const now = clock_.now();
    Order order{
        .user = purchase.buyer,
        .customer_email = purchase.buyer_email,
        .store = terms.id,
        .currency = terms.currency,
        .surface = purchase.surface,
        .payment = totals.total == Money{} ? PaymentState::paid : PaymentState::unpaid,
        .totals = totals,
        .coupon_code = discount->code.empty() ? std::nullopt : std::optional(discount->code),
        .coupon = discount->coupon ? std::optional(discount->coupon) : std::nullopt,
        .shipping_address = purchase.shipping_address,
        .billing_address = purchase.billing_address,
        .created_at = now,
        .updated_at = now,
        .estimated_delivery_at = estimated_delivery(now, terms.delivery_days),
        .delivery = purchase.delivery,
        .items = std::move(items)};
    store::insert(tx, order);
    if (order.payment == PaymentState::paid) pay_nothing(tx, order);
    catalog_.take_locked_stock(tx, units, goods.products(), {order.id, order.user});
    outbox_.add(tx, placed_topic, order.id.value);
    for (auto const& unit : units) goods.take(unit.product, unit.quantity, now);
    return ShownOrder{std::move(order), std::move(goods)};
}

std::expected<coupons::Discount, coupons::Refusal> Orders::redeem(
    db::Tx& tx, Purchase const& purchase, std::optional<std::string> const& coupon,
    Money subtotal) {
    if (!coupon) return coupons::Discount{};
    return coupons_.redeem(
        tx, *coupon, {.store = purchase.store.id, .user = purchase.buyer, .subtotal = subtotal});
}

std::vector<ProductId> Orders::unavailable(StoreId store, std::vector<ProductId> products) {
    return database_.read([&](db::Read& read) {
        auto const goods = carts::Goods::read(catalog_, read, products);
        std::vector<ProductId> missing;
        for (auto const id : products) {
            auto const* const product = goods.find(id);
            if (product == nullptr || product->store != store || !product->on_sale())
                missing.push_back(id);
        }
        return missing;
    });
}

}  // namespace cartwright::orders
