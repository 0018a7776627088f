#include "features/reports/reports.hpp"

#include "features/orders/test_shop.hpp"

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
