#include "features/reports/reports.hpp"

#include "features/orders/test_shop.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::reports {
namespace {

using orders::Action;

class ReportFigures : public testing::TestWithParam<db::Engine> {
protected:
    OrderId place() {
        return shop.orders.place(shop.purchase(), {{orders::Wanted{product, 1}}}).value().order.id;
    }
    void act(OrderId id, Action action) {
        ASSERT_TRUE(shop.orders.change(id, {{1}, true}, {.action = action}));
    }

    orders::TestShop shop{GetParam()};
    payments::Payments payments{*shop.database, shop.orders, shop.outbox, shop.clock};
    Reports reports{*shop.database};
    ProductId product = shop.product(100, {1050});
};

INSTANTIATE_TEST_SUITE_P(Engines, ReportFigures, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ReportFigures, NothingIsZero) {
    EXPECT_EQ(reports.summary(std::nullopt), Figures{});
}

TEST_P(ReportFigures, EachOrderCountsAsWhatItIs) {
    place();
    act(place(), Action::start_processing);
    auto const paid = place();
    act(paid, Action::record_payment);
    auto const shipped = place();
    act(shipped, Action::record_payment);
    act(shipped, Action::ship);
    auto const undone = place();
    act(undone, Action::record_payment);
    act(undone, Action::cancel);
    act(place(), Action::cancel);
    ASSERT_TRUE(shop.orders.remove(place(), {{1}}));
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{6, 1, 2, 2, {2100}}));
    EXPECT_EQ(reports.summary(StoreId{1}), (Figures{6, 1, 2, 2, {2100}}));
    EXPECT_EQ(reports.summary(StoreId{2}), Figures{});
    ASSERT_TRUE(shop.orders.remove(shipped, {{1}, true}));
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{5, 1, 1, 2, {1050}}));
    shop.expect_sound();
}

TEST_P(ReportFigures, WhatWentBackIsTakenOff) {
    auto const id = place();
    act(id, Action::record_payment);
    auto const refund = [&](std::int64_t minor) {
        ASSERT_TRUE(payments.refund(id, Money{minor}, "", {{1}, true}));
    };
    refund(50);
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{1, 0, 1, 0, {1000}}));
    refund(100);
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{1, 0, 1, 0, {900}}));
    shop.expect_sound();
    refund(900);
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{1, 0, 1, 0, {}}));
    act(id, Action::cancel);
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{1, 0, 0, 1, {}}));
    shop.expect_sound();
}

TEST_P(ReportFigures, OfADatabaseFromBeforeTakeOffWhatHadGoneBack) {
    auto const before = static_cast<std::size_t>(19);
    db::TestDatabase old(GetParam(), db::migrations().first(before));
    auto const run = [&](std::string_view statement) {
        old->write([&](db::Tx& tx) { tx.execute({"t", statement}); });
    };
    run("INSERT INTO users (username, username_key, email, email_key, password_hash, user_type, "
        "joined_at, updated_at) VALUES ('u', 'u', 'u', 'u', '', 'customer', 0, 0)");
    for (auto const* const state : {"paid", "partly_refunded", "refunded"}) {
        run(std::string(
                "INSERT INTO orders (user_id, customer_email, store_id, currency, surface, "
                "payment_state, fulfilment_state, subtotal_minor, tax_minor, shipping_minor, "
                "discount_minor, total_minor, shipping_address, billing_address, created_at, "
                "updated_at) VALUES (1, 'u', 1, 'USD', 'shop', '") +
            state + "', 'placed', 1000, 0, 0, 0, 1000, 'a', 'b', 0, 0)");
    }
    for (auto const* const refunded : {"0", "300", "1000"}) {
        run(std::string("INSERT INTO payments (order_id, gateway, transaction_id, amount_minor, "
                        "currency, captured_minor, refunded_minor, status, pays_order, "
                        "completed_at, created_at, updated_at) SELECT max(id), 'manual', 't") +
            refunded + "', 1000, 'USD', 1000, " + refunded +
            ", 'COMPLETED', 1, 0, 0, 0 FROM orders WHERE payment_state = '" +
            (refunded[0] == '0'   ? "paid"
             : refunded[0] == '3' ? "partly_refunded"
                                  : "refunded") +
            "'");
    }
    EXPECT_EQ(Reports(*old).summary(std::nullopt).revenue, Money{2000});
    db::migrate(*old);
    EXPECT_EQ(Reports(*old).summary(std::nullopt).revenue, Money{1700});
}

TEST_P(ReportFigures, DaysWithoutOrdersAreThereToo) {
    auto const first = std::chrono::floor<std::chrono::days>(shop.clock.now());
    place();
    shop.clock.seconds += 2 * 86400;
    act(place(), Action::record_payment);
    auto const days =
        reports.by_day(std::nullopt, first - std::chrono::days(1), first + std::chrono::days(2));
    ASSERT_EQ(days.size(), 4U);
    EXPECT_EQ(days[0].figures, Figures{});
    EXPECT_EQ(days[1].figures, (Figures{1, 1, 0, 0, {}}));
    EXPECT_EQ(days[2].figures, Figures{});
    EXPECT_EQ(days[3].figures, (Figures{1, 0, 1, 0, {1050}}));
    EXPECT_EQ(reports.by_day(StoreId{2}, first, first).at(0).figures, Figures{});
}

TEST_P(ReportFigures, OrdersOfManyAtOnceAreAllCounted) {
    orders::race(64, [&](std::int64_t i) {
        auto const id = place();
        if (i % 2 == 0) act(id, Action::record_payment);
    });
    EXPECT_EQ(reports.summary(std::nullopt), (Figures{64, 32, 32, 0, {32 * 1050}}));
    shop.expect_sound();
}

TEST_P(ReportFigures, VerifySeesATotalThatIsOff) {
    place();
    shop.run("UPDATE order_totals SET pending_count = pending_count + 1");
    auto const findings =
        shop.database->read([](db::Read& read) { return orders::Orders::verify(read, 10); });
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_NE(findings[0].find("1 pending"), std::string::npos);
}

}  // namespace
}  // namespace cartwright::reports
