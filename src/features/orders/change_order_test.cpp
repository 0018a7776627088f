#include <algorithm>

#include "features/orders/test_shop.hpp"

namespace cartwright::orders {
namespace {

constexpr std::int64_t rivals = 64;
Actor const admin{{2}, true};

/// Changes of orders, on both engines; the books are right afterwards.
class ChangeOrder : public testing::TestWithParam<db::Engine> {
protected:
    void TearDown() override { shop.expect_sound(); }

    OrderId place(std::int64_t quantity = 2, UserId buyer = {1}) {
        return shop.orders.place(shop.purchase(buyer), {{Wanted{product, quantity}}})
            .value()
            .order.id;
    }
    auto act(OrderId id, Action action, Actor actor = admin) {
        return shop.orders.change(id, actor, {.action = action});
    }
    std::int64_t refunds_due(OrderId id) {
        return shop.number(
            "SELECT count(*) FROM outbox WHERE topic = 'payment.refund_due' AND subject_id = " +
            std::to_string(id.value));
    }
    std::int64_t restocks() {
        return shop.number("SELECT count(*) FROM stock_ledger WHERE reason = 'restock'");
    }

    TestShop shop{GetParam(), rivals};
    ProductId product = shop.product(10);
};

INSTANTIATE_TEST_SUITE_P(Engines, ChangeOrder, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ChangeOrder, ACustomerCancelsHisPendingOrderOnce) {
    auto const order = place();
    auto const cancelled = act(order, Action::cancel, {{1}});
    ASSERT_TRUE(cancelled);
    EXPECT_TRUE(cancelled->order.cancelled_at);
    EXPECT_EQ(cancelled->goods.product(product).stock, 10);
    EXPECT_EQ(act(order, Action::cancel, {{1}}).error(), ChangeRefusal::not_pending);
    EXPECT_EQ(act(order, Action::cancel).error(), ChangeRefusal::bad_transition);
    EXPECT_EQ(shop.stock(product), 10);
    EXPECT_EQ(restocks(), 1);
    EXPECT_EQ(refunds_due(order), 0);
    EXPECT_EQ(shop.number("SELECT user_id FROM stock_ledger WHERE reason = 'restock'"), 1);
}

TEST_P(ChangeOrder, OnlyTheBuyerAndAdminsChangeAnOrder) {
    auto const order = place();
    EXPECT_EQ(act(order, Action::cancel, {{3}}).error(), ChangeRefusal::not_theirs);
    EXPECT_EQ(shop.orders.remove(order, {{3}}).error(), ChangeRefusal::not_theirs);
    EXPECT_EQ(act({99}, Action::cancel).error(), ChangeRefusal::unknown_order);
    auto const moved = shop.orders.change(order, {{1}}, {.shipping_address = "9 New St"});
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->order.shipping_address, "9 New St");
    EXPECT_EQ(moved->order.billing_address, "2 Bill St");
    ASSERT_TRUE(act(order, Action::start_processing));
    EXPECT_EQ(shop.orders.change(order, {{1}}, {.shipping_address = "x"}).error(),
              ChangeRefusal::not_pending);
    EXPECT_EQ(shop.orders.find(order)->order.shipping_address, "9 New St");
}

TEST_P(ChangeOrder, APaidOrderThatIsCancelledIsRefunded) {
    auto const order = place();
    auto const paid = act(order, Action::record_payment);
    ASSERT_TRUE(paid);
    EXPECT_EQ(paid->order.payment, PaymentState::paid);
    ASSERT_TRUE(act(order, Action::cancel));
    EXPECT_EQ(refunds_due(order), 1);
    EXPECT_EQ(shop.stock(product), 10);
}

TEST_P(ChangeOrder, WhatWasShippedIsNotCancelled) {
    auto const order = place();
    EXPECT_EQ(act(order, Action::ship).error(), ChangeRefusal::bad_transition);
    ASSERT_TRUE(act(order, Action::record_payment));
    auto const sent = shop.orders.change(
        order, admin, {.action = Action::ship, .tracking_number = "T1", .carrier_name = "C"});
    ASSERT_TRUE(sent);
    EXPECT_EQ(sent->order.shipped_at, shop.clock.now());
    EXPECT_EQ(act(order, Action::cancel).error(), ChangeRefusal::bad_transition);
    ASSERT_TRUE(act(order, Action::send_out));
    ASSERT_TRUE(act(order, Action::deliver));
    auto const found = shop.orders.find(order)->order;
    EXPECT_EQ(found.fulfilment, FulfilmentState::delivered);
    EXPECT_EQ(found.tracking_number, "T1");
    EXPECT_EQ(found.carrier_name, "C");
    EXPECT_EQ(found.delivered_at, shop.clock.now());
    EXPECT_EQ(shop.stock(product), 8);
}

TEST_P(ChangeOrder, DeletingHidesAndRestocksOnce) {
    auto const pending = place();
    auto const cancelled = place();
    auto const delivered = place();
    ASSERT_TRUE(act(cancelled, Action::cancel));
    ASSERT_TRUE(act(delivered, Action::record_payment));
    ASSERT_TRUE(act(delivered, Action::ship));
    EXPECT_EQ(shop.orders.remove(cancelled, {{1}}).error(), ChangeRefusal::not_pending);
    ASSERT_TRUE(shop.orders.remove(pending, {{1}}));
    ASSERT_TRUE(shop.orders.remove(cancelled, admin));
    ASSERT_TRUE(shop.orders.remove(delivered, admin));
    for (auto const order : {pending, cancelled, delivered}) {
        EXPECT_FALSE(shop.orders.find(order));
        EXPECT_EQ(shop.orders.remove(order, admin).error(), ChangeRefusal::unknown_order);
        EXPECT_EQ(act(order, Action::cancel).error(), ChangeRefusal::unknown_order);
    }
    EXPECT_EQ(shop.stock(product), 8);
    EXPECT_EQ(restocks(), 2);
    EXPECT_EQ(shop.number("SELECT count(*) FROM orders"), 3);
}

TEST_P(ChangeOrder, EveryLineGoesBackToItsProduct) {
    std::vector<Wanted> lines;
    for (auto i = 0; i < 9; ++i) lines.push_back({shop.product(i + 1), i + 1});
    lines.push_back({product, 1, "red"});
    lines.push_back({product, 2, "blue"});
    std::ranges::reverse(lines);
    auto const order = shop.orders.place(shop.purchase(), lines).value().order.id;
    EXPECT_EQ(shop.stock(product), 7);
    ASSERT_TRUE(act(order, Action::cancel));
    EXPECT_EQ(shop.stock(product), 10);
    EXPECT_EQ(shop.number("SELECT sum(stock) FROM products"), 10 + 45);
    EXPECT_EQ(restocks(), 10);
}

TEST_P(ChangeOrder, PendingOrdersExpire) {
    auto const old = place();
    auto const paid = place();
    auto const begun = place();
    ASSERT_TRUE(act(paid, Action::record_payment));
    ASSERT_TRUE(act(begun, Action::start_processing));
    shop.clock.seconds += 3599;
    auto const young = place();
    EXPECT_EQ(shop.orders.expire(std::chrono::hours(1), 10), 0U);
    shop.clock.seconds += 1;
    EXPECT_EQ(shop.orders.expire(std::chrono::hours(1), 10), 1U);
    EXPECT_EQ(shop.orders.expire(std::chrono::hours(1), 10), 0U);
    EXPECT_TRUE(shop.orders.find(old)->order.cancelled_at);
    for (auto const order : {paid, begun, young})
        EXPECT_FALSE(shop.orders.find(order)->order.cancelled_at);
    EXPECT_EQ(shop.stock(product), 4);
    EXPECT_EQ(shop.number("SELECT count(*) FROM stock_ledger WHERE reason = 'restock' AND user_id "
                          "IS NULL"),
              1);
}

TEST_P(ChangeOrder, CancelsAtOncePutBackOnce) {
    auto const order = place();
    std::atomic<int> served = 0;
    race(rivals, [&](std::int64_t i) {
        auto const actor = i % 2 == 0 ? admin : Actor{{1}};
        if (i % 4 < 2 ? act(order, Action::cancel, actor).has_value()
                      : shop.orders.remove(order, {{1}}).has_value())
            ++served;
    });
    EXPECT_EQ(served, 1);
    EXPECT_EQ(shop.stock(product), 10);
    EXPECT_EQ(restocks(), 1);
}

TEST_P(ChangeOrder, CancelAgainstShipHasOneWinner) {
    for (auto turn = 0; turn < 4; ++turn) {
        auto const order = place();
        ASSERT_TRUE(act(order, Action::record_payment));
        auto const before = shop.stock(product);
        std::atomic<int> cancelled = 0;
        std::atomic<int> shipped = 0;
        race(rivals, [&](std::int64_t i) {
            if (i % 2 == 0) {
                if (act(order, Action::cancel)) ++cancelled;
            } else {
                if (act(order, Action::ship)) ++shipped;
            }
        });
        EXPECT_EQ(cancelled + shipped, 1);
        EXPECT_EQ(shop.stock(product), before + 2 * cancelled);
        EXPECT_EQ(refunds_due(order), cancelled);
    }
}

TEST_P(ChangeOrder, CancelsAndPurchasesOfTheSameProductsDoNotDeadlock) {
    auto const other = shop.product(1000);
    shop.run("UPDATE products SET stock = stock + 990 WHERE id = 1");
    shop.run(
        "INSERT INTO stock_ledger (product_id, delta, reason, created_at) "
        "VALUES (1, 990, 'restock', 0)");
    std::vector<OrderId> placed;
    for (std::int64_t i = 0; i < rivals; ++i)
        placed.push_back(
            shop.orders.place(shop.purchase({i + 1}), {{Wanted{product, 1}, Wanted{other, 1}}})
                .value()
                .order.id);
    race(rivals, [&](std::int64_t i) {
        if (i % 2 == 0) {
            EXPECT_TRUE(act(placed[static_cast<std::size_t>(i)], Action::cancel));
        } else {
            EXPECT_TRUE(shop.orders.place(shop.purchase({i + 1}),
                                          {{Wanted{other, 1}, Wanted{product, 1}}}));
        }
    });
    EXPECT_EQ(shop.stock(product), 1000 - rivals);
    EXPECT_EQ(shop.stock(other), 1000 - rivals);
}

TEST_P(ChangeOrder, ExpiryOnManyNodesCancelsEachOnce) {
    for (auto i = 0; i < 5; ++i) place();
    shop.clock.seconds += 3600;
    std::atomic<std::size_t> expired = 0;
    race(rivals, [&](std::int64_t) { expired += shop.orders.expire(std::chrono::hours(1), 10); });
    EXPECT_EQ(expired, 5U);
    EXPECT_EQ(shop.stock(product), 10);
    EXPECT_EQ(restocks(), 5);
}

}  // namespace
}  // namespace cartwright::orders
