#include <array>

#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

class PlaceOrder : public testing::TestWithParam<db::Engine> {
protected:
    std::expected<ShownOrder, Refused> place(std::vector<Wanted> const& lines) {
        return shop.orders.place(shop.purchase(), lines);
    }

    TestShop shop{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Engines, PlaceOrder, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(PlaceOrder, KeepsWhatWasBought) {
    auto const laptop = shop.product(50, {99999});
    auto const mouse = shop.product(9, {1050});
    auto const placed = place({{mouse, 1}, {laptop, 2}});
    ASSERT_TRUE(placed);
    shop.run("UPDATE products SET name = 'Other', price_minor = 1, is_active = 0");

    auto const found = shop.orders.find(placed->order.id);
    ASSERT_TRUE(found);
    auto const& order = found->order;
    EXPECT_EQ(order.user, UserId{1});
    EXPECT_EQ(order.customer_email, "buyer@example.com");
    EXPECT_EQ(order.currency, "USD");
    EXPECT_EQ(order.shipping_address, "1 Ship St");
    EXPECT_EQ(order.billing_address, "2 Bill St");
    EXPECT_EQ(order.totals, (Totals{.subtotal = {201048}, .total = {201048}}));
    EXPECT_EQ(order.created_at, shop.clock.now());
    EXPECT_EQ(order.payment, PaymentState::unpaid);
    EXPECT_EQ(order.fulfilment, FulfilmentState::placed);
    EXPECT_FALSE(order.cancelled_at);
    ASSERT_EQ(order.items.size(), 2U);
    EXPECT_EQ(order.items[0].product, mouse);
    EXPECT_EQ(order.items[1].name, "Product 1");
    EXPECT_EQ(order.items[1].unit_price, Money{99999});
    EXPECT_EQ(order.items[1].quantity, 2);
    EXPECT_EQ(found->goods.product(laptop).name, "Other");
    EXPECT_EQ(found->goods.product(laptop).stock, 48);
    shop.expect_sound();
}

TEST_P(PlaceOrder, AnswersWithWhatAReaderFinds) {
    auto const laptop = shop.product(50, {99999});
    auto const placed = place({{laptop, 2}});
    ASSERT_TRUE(placed);
    auto const found = shop.orders.find(placed->order.id);
    ASSERT_TRUE(found);
    EXPECT_EQ(placed->goods.product(laptop).stock, found->goods.product(laptop).stock);
    EXPECT_EQ(placed->goods.product(laptop).updated_at, found->goods.product(laptop).updated_at);
    EXPECT_EQ(placed->order.totals, found->order.totals);
    EXPECT_EQ(placed->order.created_at, found->order.created_at);
    EXPECT_EQ(placed->order.items.size(), found->order.items.size());
}

TEST_P(PlaceOrder, SumsLinesOfOneProduct) {
    auto const laptop = shop.product(5);
    auto const mouse = shop.product(5);
    auto const placed = place({{laptop, 1}, {mouse, 1}, {laptop, 3}});
    ASSERT_TRUE(placed);
    ASSERT_EQ(placed->order.items.size(), 2U);
    EXPECT_EQ(placed->order.items[0].product, laptop);
    EXPECT_EQ(placed->order.items[0].quantity, 4);
    EXPECT_EQ(shop.stock(laptop), 1);
    EXPECT_EQ(place({{laptop, 1}, {laptop, 1}}).error().bad.size(), 1U);
    shop.expect_sound();
}

TEST_P(PlaceOrder, VariantsShareTheStock) {
    auto const shirt = shop.product(5);
    auto const refused = place({{shirt, 3, "red"}, {shirt, 3, "blue"}});
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().bad.size(), 1U);
    EXPECT_EQ(refused.error().bad[0].wanted, 6);
    auto const placed = place({{shirt, 3, "red"}, {shirt, 2, "blue"}});
    ASSERT_TRUE(placed);
    EXPECT_EQ(placed->order.items.size(), 2U);
    EXPECT_EQ(placed->order.items[1].variant, "blue");
    EXPECT_EQ(shop.stock(shirt), 0);
    shop.expect_sound();
}

TEST_P(PlaceOrder, ReportsEveryBadLineAndChangesNothing) {
    auto const fine = shop.product(5);
    auto const few = shop.product(1);
    auto const hidden = shop.product(5);
    auto const foreign = shop.product(5, {100}, {2});
    shop.run("UPDATE products SET deleted_at = 1 WHERE id = 3");
    auto const refused =
        place({{foreign, 1}, {ProductId{99}, 1}, {fine, 1}, {few, 2}, {hidden, 1}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().why, PlaceRefusal::bad_lines);
    auto const& bad = refused.error().bad;
    ASSERT_EQ(bad.size(), 4U);
    EXPECT_EQ(bad[0].product, foreign);
    EXPECT_EQ(bad[0].why, BadLine::Why::unavailable);
    EXPECT_EQ(bad[0].name, "");  // another store's names are none of this one's
    EXPECT_EQ(bad[1].product, ProductId{99});
    EXPECT_EQ(bad[2].product, few);
    EXPECT_EQ(bad[2].why, BadLine::Why::insufficient_stock);
    EXPECT_EQ(bad[2].available, 1);
    EXPECT_EQ(bad[3].why, BadLine::Why::unavailable);
    EXPECT_EQ(bad[3].name, "Product 3");
    EXPECT_EQ(shop.number("SELECT count(*) FROM orders"), 0);
    EXPECT_EQ(shop.stock(fine), 5);
    EXPECT_EQ(shop.orders.unavailable({1}, {fine, few, hidden, foreign, {99}}),
              (std::vector<ProductId>{hidden, foreign, {99}}));
}

TEST_P(PlaceOrder, RefusesWildQuantities) {
    auto const product = shop.product(5);
    EXPECT_FALSE(place({{product, INT64_MAX}, {product, INT64_MAX}}));
    EXPECT_FALSE(place({{product, INT64_MAX, "a"}, {product, INT64_MAX, "b"}}));
    EXPECT_EQ(shop.stock(product), 5);
}

TEST_P(PlaceOrder, RefusesATotalThatIsTooLarge) {
    auto const gold = shop.product(2'147'483'647, {9'999'999'999});
    EXPECT_EQ(place({{gold, 2'147'483'647}}).error().why, PlaceRefusal::total_too_large);
    EXPECT_EQ(place({{gold, 5001}, {shop.product(9'999, {9'999'999'999}), 5000}}).error().why,
              PlaceRefusal::total_too_large);
    EXPECT_TRUE(place({{gold, 9'999}}));
    shop.expect_sound();
}

TEST_P(PlaceOrder, HoldsTheBuyerToTheTotalHeExpects) {
    auto const product = shop.product(5, {999});
    auto purchase = shop.purchase();
    purchase.store.tax_hundredths = 1000;
    purchase.store.shipping = {500};
    purchase.expected_total = Money{999};
    std::vector<Wanted> const lines{{product, 1}};
    auto const refused = shop.orders.place(purchase, lines);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().why, PlaceRefusal::total_differs);
    EXPECT_EQ(refused.error().total, Money{1599});
    EXPECT_EQ(shop.stock(product), 5);
    purchase.expected_total = refused.error().total;
    EXPECT_TRUE(shop.orders.place(purchase, lines));
    shop.expect_sound();
}

TEST_P(PlaceOrder, HasALimitOfLines) {
    Orders small{*shop.database, shop.catalog, shop.carts,      shop.coupons,
                 shop.outbox,    shop.clock,   {.lines_max = 2}};
    std::vector<Wanted> lines{{shop.product(5), 1}, {shop.product(5), 1}};
    EXPECT_TRUE(small.place(shop.purchase(), lines));
    lines.push_back({shop.product(5), 1});
    EXPECT_EQ(small.place(shop.purchase(), lines).error().why, PlaceRefusal::too_many_lines);
    EXPECT_EQ(place({}).error().why, PlaceRefusal::no_lines);
}

TEST_P(PlaceOrder, ChecksOutACartAndEmptiesIt) {
    auto const product = shop.product(5, {250});
    EXPECT_EQ(shop.orders.check_out(shop.purchase()).error().why, PlaceRefusal::no_lines);
    ASSERT_TRUE(shop.carts.add({1}, {1}, product, 2));
    ASSERT_TRUE(shop.carts.add({2}, {1}, product, 1));

    auto const kept = shop.orders.check_out(shop.purchase(), false);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->order.totals.total, Money{500});
    EXPECT_EQ(shop.carts.show({1}, {1}).cart.lines.size(), 1U);

    ASSERT_TRUE(shop.orders.check_out(shop.purchase()));
    EXPECT_TRUE(shop.carts.show({1}, {1}).cart.lines.empty());
    EXPECT_EQ(shop.carts.show({2}, {1}).cart.lines.size(), 1U);
    EXPECT_EQ(shop.orders.check_out(shop.purchase()).error().why, PlaceRefusal::no_lines);
    EXPECT_EQ(shop.stock(product), 1);
    shop.expect_sound();
}

TEST_P(PlaceOrder, ARefusedCheckoutKeepsTheCart) {
    auto const scarce = shop.product(5);
    auto const hidden = shop.product(5);
    ASSERT_TRUE(shop.carts.add({1}, {1}, scarce, 5));
    ASSERT_TRUE(shop.carts.add({1}, {1}, hidden, 1));
    ASSERT_TRUE(place({{scarce, 1}}));
    shop.run("UPDATE products SET is_active = 0 WHERE id = 2");
    auto const refused = shop.orders.check_out(shop.purchase());
    ASSERT_FALSE(refused);
    ASSERT_EQ(refused.error().bad.size(), 2U);
    EXPECT_EQ(refused.error().bad[0].name, "Product 1");
    EXPECT_EQ(refused.error().bad[1].name, "Product 2");
    EXPECT_EQ(shop.carts.show({1}, {1}).cart.lines.size(), 2U);
    EXPECT_EQ(shop.number("SELECT count(*) FROM orders"), 1);
    shop.expect_sound();
}

TEST_P(PlaceOrder, VerifySeesWhatIsOff) {
    auto const product = shop.product(50);
    for (auto i = 0; i < 4; ++i) ASSERT_TRUE(place({{product, 2}}));
    shop.expect_sound();
    shop.run("UPDATE stock_ledger SET delta = -1 WHERE order_id = 1");
    shop.run("DELETE FROM order_items WHERE order_id = 2");
    shop.run("UPDATE orders SET cancelled_at = 1 WHERE id = 3");
    shop.run("UPDATE orders SET total_minor = 1 WHERE id = 4");
    auto const verify = [&](std::size_t most) {
        return shop.database->read([&](db::Read& read) { return Orders::verify(read, most); });
    };
    EXPECT_EQ(verify(10), (std::vector<std::string>{
                              "Order 1 and the stock ledger differ by 1 units of product 1.",
                              "Order 2 and the stock ledger differ by -2 units of product 1.",
                              "Order 3 and the stock ledger differ by -2 units of product 1.",
                              "Order 2 has no items.",
                              "Order 4 has a total of 0.01, which its parts do not come to."}));
    EXPECT_EQ(verify(2).size(), 2U);
}

TEST_P(PlaceOrder, VerifySeesADiscountThatNobodyMayGive) {
    auto const product = shop.product(50);
    for (auto i = 0; i < 3; ++i) ASSERT_TRUE(place({{product, 2}}));
    shop.run("UPDATE orders SET discount_minor = 100, total_minor = 1900 WHERE id = 1");
    shop.run("UPDATE orders SET tax_minor = -100, total_minor = 1900 WHERE id = 2");
    shop.run(
        "UPDATE orders SET discount_minor = 2100, shipping_minor = 100, total_minor = 0 "
        "WHERE id = 3");
    EXPECT_EQ(
        shop.database->read([&](db::Read& read) { return Orders::verify(read, 10); }),
        (std::vector<std::string>{
            "Order 1 has a tax of 0.00, shipping of 0.00 and a discount of 1.00, which cannot be.",
            "Order 2 has a tax of -1.00, shipping of 0.00 and a discount of 0.00, which cannot be.",
            "Order 3 has a tax of 0.00, shipping of 1.00 and a discount of 21.00, which cannot "
            "be."}));
}

}  // namespace
}  // namespace cartwright::orders
