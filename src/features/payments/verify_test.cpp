#include <fmt/format.h>

#include "features/payments/test_node.hpp"

namespace cartwright::payments {
namespace {

constexpr std::int64_t connections = 4;
audit::Actor const admin{{2}, true};

/// What `cartwright verify` says of books that somebody has spoilt, on both engines.
class SpoiltPayments : public testing::TestWithParam<db::Engine> {
protected:
    /// An order of 20.00, paid.
    OrderId paid() {
        auto const id =
            node.orders.place(shop.purchase({1}), {{orders::Wanted{product, 2}}}).value().order.id;
        auto const begun = node.payments.begin({.order = id, .actor = {{1}}}).value();
        auto const payment = node.payments.opened(begun, fmt::format("pi_{}", id.value), "secret");
        node.payments.captured(
            {.payment = payment.id, .amount = payment.amount, .currency = payment.currency});
        return id;
    }
    void work_off() {
        while (node.outbox.work_off() != 0) {
        }
    }
    std::vector<std::string> findings() {
        return shop.database->read([](db::Read& read) { return Payments::verify(read, 10); });
    }
    /// What is found of the books after these statements, which are undone then.
    std::vector<std::string> after(std::initializer_list<std::string> statements) {
        std::vector<std::string> found;
        static_cast<void>(shop.database->write([&](db::Tx& tx) -> std::expected<void, int> {
            for (auto const& text : statements) tx.execute({"test.spoil", text});
            found = Payments::verify(tx, 10);
            return std::unexpected(0);
        }));
        EXPECT_EQ(findings(), std::vector<std::string>{});
        return found;
    }

    using Found = std::vector<std::string>;
    orders::TestShop shop{GetParam(), connections};
    TestNode node{*shop.database, shop.clock};
    ProductId product = shop.product(100);
};

INSTANTIATE_TEST_SUITE_P(Engines, SpoiltPayments, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(SpoiltPayments, AnOrderIsPaidByMoneyAlone) {
    paid();
    EXPECT_EQ(after({"DELETE FROM transactions", "UPDATE payments SET captured_minor = 0"}),
              Found{"Order 1 counts as paid by payment 1, which captured 0.00 of 20.00."});
    EXPECT_EQ(after({"UPDATE transactions SET amount_minor = 1999",
                     "UPDATE payments SET captured_minor = 1999"}),
              Found{"Order 1 counts as paid by payment 1, which captured 19.99 of 20.00."});
    EXPECT_EQ(
        after({"UPDATE payments SET pays_order = 0", "UPDATE orders SET payment_state = 'unpaid'"}),
        Found{"Payment 1 keeps 20.00 of order 1, to which it does not belong."});
}

TEST_P(SpoiltPayments, AStatusSaysWhatTheMoneyDoes) {
    paid();
    for (std::string const status : {"PENDING", "FAILED"})
        EXPECT_EQ(after({"UPDATE payments SET completed_at = NULL, status = '" + status + "'"}),
                  Found{"Payment 1 is " + status + ", which its money is not."});
    EXPECT_EQ(after({"UPDATE payments SET status = 'REFUNDED'"}),
              Found{"Payment 1 is REFUNDED, which its money is not."});
    ASSERT_TRUE(node.payments.refund({1}, {}, "", admin));
    work_off();
    EXPECT_EQ(after({"UPDATE payments SET status = 'COMPLETED'"}),
              Found{"Payment 1 is COMPLETED, which its money is not."});
}

TEST_P(SpoiltPayments, APaymentAsksForWhatItsOrderCosts) {
    paid();
    Found const odd{"Payment 1 asks for another amount or currency than its order."};
    EXPECT_EQ(after({"UPDATE payments SET amount_minor = 2001"}), odd);
    EXPECT_EQ(after({"UPDATE payments SET currency = 'EUR'"}), odd);
}

TEST_P(SpoiltPayments, MoneyThatMustGoBackIsOnItsWay) {
    auto const id = paid();
    ASSERT_TRUE(node.orders.change(id, admin, {.action = orders::Action::cancel}));
    EXPECT_EQ(findings(), Found{});
    EXPECT_EQ(after({"DELETE FROM outbox"}),
              Found{"Payment 1 keeps 20.00 of order 1, to which it does not belong."});
    node.gateway.mood = MoodyGateway::Mood::takes_its_time;
    work_off();
    EXPECT_EQ(after({"DELETE FROM outbox"}),
              Found{"Refund 2 of payment 1 is pending, and nothing in the outbox asks for it."});
    node.gateway.mood = MoodyGateway::Mood::refuses;
    shop.clock.seconds += 24 * 3600;
    work_off();
    EXPECT_EQ(node.payments.deciding(id)->left(), Money{2000});
    EXPECT_EQ(findings(), Found{}) << "an admin has been told of a refund that failed";
}

}  // namespace
}  // namespace cartwright::payments
