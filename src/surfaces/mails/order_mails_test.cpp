#include "surfaces/mails/order_mails.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "features/orders/test_shop.hpp"

namespace cartwright::mails {
namespace {

namespace fs = std::filesystem;

class OrderMails : public testing::TestWithParam<db::Engine> {
protected:
    OrderMails() {
        fs::remove_all(spool);
        fs::create_directories(spool);
        handle_order_mails(shop.outbox, shop.orders, identity,
                           {*mailer, shop.clock, {}, "shop@x.example"});
    }
    ~OrderMails() override { fs::remove_all(spool); }

    OrderId place() {
        return shop.orders.place(shop.purchase({1}), {{orders::Wanted{product, 1}}})
            .value()
            .order.id;
    }
    void work_off() {
        while (shop.outbox.work_off() != 0) {
        }
    }
    /// How many of the mails so far say this.
    int mails_saying(std::string const& words) const {
        int count = 0;
        for (auto const& entry : fs::directory_iterator(spool)) {
            std::ifstream file(entry.path());
            std::string const mail{std::istreambuf_iterator<char>(file), {}};
            count += mail.contains(words) ? 1 : 0;
        }
        return count;
    }

    fs::path spool = fs::path(testing::TempDir()) / ("order-mails-" + std::to_string(::getpid()));
    orders::TestShop shop{GetParam(), 2};
    std::unique_ptr<mail::Mailer> mailer =
        mail::open("file:" + spool.string(), std::chrono::seconds(1));
    identity::Identity identity{*shop.database,
                                shop.clock,
                                {.secrets = {"a-secret-of-more-than-thirty-two-bytes"}},
                                shop.outbox};
    ProductId product = shop.product(10);
};

INSTANTIATE_TEST_SUITE_P(Engines, OrderMails, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(OrderMails, ACancellationThatWasUndoneIsNotTold) {
    for (auto const id : {place(), place()})
        ASSERT_TRUE(shop.orders.change(id, {{2}, true}, {.action = orders::Action::cancel}));
    shop.database->write([&](db::Tx& tx) {
        ASSERT_TRUE(shop.orders.revive(tx, {2}));
        shop.orders.set_payment(tx, shop.orders.lock(tx, {2}).value(), orders::PaymentState::paid);
    });
    work_off();
    EXPECT_EQ(mails_saying("Thank you for your order"), 2);
    EXPECT_EQ(mails_saying("is cancelled"), 1);
    EXPECT_EQ(mails_saying("goes back to you"), 0);
}

}  // namespace
}  // namespace cartwright::mails
