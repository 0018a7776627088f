#include <gtest/gtest.h>

#include <algorithm>
#include <random>  // tidy-ok: other amounts each run, their seed printed

#include "features/orders/test_shop.hpp"

/// Properties of an order's arithmetic, over arbitrary carts, rates and coupons. Source: contract
/// §6.
namespace cartwright::orders {
namespace {

__extension__ using Wide = __int128;

class Rounding : public testing::Test {
protected:
    std::int64_t any(std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution(least, most)(random_);
    }
    /// As often small as large.
    std::int64_t any_amount(std::int64_t most) {
        return any(0, std::int64_t{1} << any(0, 62)) % (most + 1);
    }

    std::uint64_t seed_ = std::random_device{}();
    testing::ScopedTrace trace_{__FILE__, __LINE__, "seed " + std::to_string(seed_)};
    std::mt19937_64 random_{seed_};
};

/// Whether `rounded` is `part` of ten thousand parts of `amount`, rounded half up: no other whole
/// number is as near, and of two that are it is the greater.
bool is_half_up(Money rounded, Money amount, std::int64_t part) {
    auto const off = Wide{rounded.minor} * 10'000 - Wide{amount.minor} * part;
    return off > -5'000 && off <= 5'000;
}

TEST_F(Rounding, OfAPercentageIsHalfUp) {
    for (auto i = 0; i < 20'000; ++i) {
        Money const amount{any_amount(carts::amount_max.minor)};
        auto const part = any(0, 10'000);  // a store's tax is a hundred per cent at most
        ASSERT_TRUE(is_half_up(percentage(amount, part), amount, part))
            << amount.minor << " " << part;
    }
    // The very middle, and just beside it.
    for (std::int64_t whole = 0; whole < 1'000; ++whole) {
        EXPECT_EQ(percentage(Money{whole * 2 + 1}, 5'000), Money{whole + 1});
        EXPECT_EQ(percentage(Money{whole * 2 + 1}, 4'999), Money{whole});
    }
}

TEST_F(Rounding, LeavesTotalsThatAddUp) {
    for (auto i = 0; i < 20'000; ++i) {
        stores::Store const terms{
            .tax_hundredths = any(0, 10'000),
            .shipping = {any_amount(9'999'999'999)},
            .free_shipping_threshold =
                any(0, 1) == 0 ? std::nullopt : std::optional(Money{any_amount(1'000'000)})};
        Money const subtotal{any_amount(carts::amount_max.minor)};
        Money const discount{any(0, subtotal.minor)};
        auto const totals = totals_of(subtotal, terms, discount);
        ASSERT_EQ(totals.subtotal + totals.tax + totals.shipping - totals.discount, totals.total);
        ASSERT_TRUE(is_half_up(totals.tax, subtotal, terms.tax_hundredths));
        ASSERT_GE(totals.total, Money{});
        bool const free =
            terms.free_shipping_threshold && subtotal >= *terms.free_shipping_threshold;
        ASSERT_EQ(totals.shipping, free ? Money{} : terms.shipping);
        // A penny more of goods never makes a smaller tax, and a discount changes nothing else.
        ASSERT_GE(totals_of(subtotal + Money{1}, terms).tax, totals.tax);
        ASSERT_EQ(totals_of(subtotal, terms).total - discount, totals.total);
    }
}

/// Rounded once an order, not once a line: what the buyer pays is what a pocket calculator says of
/// the sum.
TEST_F(Rounding, IsDoneOnceAnOrder) {
    stores::Store const terms{.tax_hundredths = 500};
    EXPECT_EQ(totals_of(Money{9} + Money{9}, terms).tax, Money{1});
    EXPECT_EQ(totals_of(Money{9}, terms).tax + totals_of(Money{9}, terms).tax, Money{0});
}

TEST_F(Rounding, OfWholeOrdersIsWhatTheirLinesSay) {
    TestShop shop{db::Engine::sqlite};
    for (auto i = 0; i < 60; ++i) {
        shop.store.tax_hundredths = any(0, 10'000);
        shop.store.shipping = {any_amount(100'000)};
        auto const part = any(1, 10'000);
        auto const is_percent = any(0, 1) == 0;
        auto const code = "C" + std::to_string(i);
        ASSERT_TRUE(shop.coupons.create(
            {.code = code,
             .type = is_percent ? coupons::DiscountType::percent : coupons::DiscountType::fixed,
             .value_hundredths = part},
            {}));
        Wide subtotal = 0;
        for (auto lines = any(1, 5); lines > 0; --lines) {
            Money const price{any_amount(9'999'999)};
            auto const quantity = any(1, 1'000);
            subtotal += Wide{price.minor} * quantity;
            ASSERT_TRUE(shop.carts.add({1}, {1}, shop.product(1'000, price), quantity));
        }
        auto purchase = shop.purchase();
        purchase.coupon_code = code;
        auto const placed = shop.orders.check_out(purchase);
        ASSERT_TRUE(placed);
        auto const& totals = placed->order.totals;
        ASSERT_EQ(totals.subtotal.minor, static_cast<std::int64_t>(subtotal));
        ASSERT_TRUE(is_half_up(totals.tax, totals.subtotal, shop.store.tax_hundredths));
        if (is_percent) {
            ASSERT_TRUE(is_half_up(totals.discount, totals.subtotal, part));
        } else {
            ASSERT_EQ(totals.discount, std::min(Money{part}, totals.subtotal));
        }
        ASSERT_EQ(totals.total, totals.subtotal + totals.tax + totals.shipping - totals.discount);
        ASSERT_GE(totals.total, Money{});
        ASSERT_EQ(shop.orders.find(placed->order.id)->order.totals, totals) << "as kept";
    }
    shop.expect_sound();
}

/// Source: customer-api "Order Model", contract §6.
TEST_F(Rounding, HoldsTheReferencesExample) {
    stores::Store const terms{.tax_hundredths = 1'800, .shipping = {5'000}};
    EXPECT_EQ(totals_of({100'000}, terms, percentage({100'000}, 1'000)),
              (Totals{.subtotal = {100'000},
                      .tax = {18'000},
                      .shipping = {5'000},
                      .discount = {10'000},
                      .total = {113'000}}));
}

}  // namespace
}  // namespace cartwright::orders
