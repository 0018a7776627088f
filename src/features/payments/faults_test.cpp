#include <fmt/format.h>

#include "features/payments/test_node.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/db/test_faults.hpp"

namespace cartwright::payments {
namespace {

using orders::Action, orders::PaymentState;
using Commit = db::FaultyDatabase::Commit;

audit::Actor const admin{{2}, true};

/// Everything that the shop does with money, with each of its statements failing in turn: nothing
/// is half done, the books hold, and the same asked for again gets there, once. Source: contract
/// §11, attack 40.
class Faults : public testing::TestWithParam<db::Engine> {
protected:
    /// What there is of everything that an order and its payments touch.
    std::vector<std::int64_t> state() {
        std::vector<std::int64_t> found;
        shop.database->read([&](db::Read& read) {
            read.each({"t",
                       "SELECT (SELECT sum(stock) FROM products), (SELECT count(*) FROM "
                       "stock_ledger), (SELECT count(*) FROM orders), (SELECT count(*) FROM orders "
                       "WHERE cancelled_at IS NOT NULL), (SELECT count(*) FROM orders WHERE "
                       "payment_state = 'paid'), (SELECT count(*) FROM order_items), (SELECT "
                       "count(*) FROM cart_items), (SELECT sum(uses) FROM coupons), (SELECT "
                       "count(*) FROM payments), (SELECT count(*) FROM transactions), (SELECT "
                       "sum(captured_minor + 3 * refunded_minor + 7 * refund_pending_minor) FROM "
                       "payments), (SELECT count(*) FROM outbox), (SELECT count(*) FROM "
                       "gateway_events), (SELECT count(*) FROM audit_log), (SELECT count(*) FROM "
                       "orders WHERE deleted_at IS NOT NULL)"},
                      [&](db::Row const& row) {
                          for (auto column = 0; column < 15; ++column)
                              found.push_back(row.integer(column));
                      });
        });
        return found;
    }

    void expect_sound() {
        EXPECT_EQ(shop.database->read([](db::Read& read) { return Payments::verify(read, 10); }),
                  std::vector<std::string>{});
        shop.expect_sound();
    }

    /// `prepare` makes something anew each time, `act` does the one thing to it on a node whose Nth
    /// step fails, N = 1, 2, … until it runs through. After each failure `act` again, unbroken.
    /// `check` then sees that it was done, and once. `whole`: it is one transaction, and who asked
    /// hears of a fault.
    template <class Prepare, class Act, class Check>
    void break_each(Prepare prepare, Act act, Check check, bool whole = true) {
        constexpr std::int64_t steps_max = 200;
        for (auto const commit : {Commit::undone, Commit::in_doubt}) {
            std::int64_t step = 1;
            for (; step < steps_max; ++step) {
                SCOPED_TRACE(fmt::format("step {}, commit {}", step, static_cast<int>(commit)));
                auto const subject = prepare();
                auto const before = state();
                broken.break_at(step, commit);
                bool failed = false;
                try {
                    act(subject);
                } catch (db::Unavailable const&) {
                    failed = true;
                }
                auto const broke = broken.broke();
                broken.mend();
                expect_sound();
                if (whole) {
                    EXPECT_EQ(failed, broke) << "a fault is told";
                }
                if (failed && whole && commit == Commit::undone) {
                    EXPECT_EQ(state(), before);
                }
                if (failed) act(subject);
                check(subject);
                expect_sound();
                if (testing::Test::HasFailure() || !broke) break;
            }
            EXPECT_GT(step, 3) << "there was something to break";
            EXPECT_LT(step, steps_max);
        }
    }

    OrderId place() {
        return shop.orders.place(shop.purchase({1}), {{orders::Wanted{product, 2}}})
            .value()
            .order.id;
    }
    Payment open(OrderId order) {
        auto const payment = sound.payments.begin({.order = order, .actor = {{1}}}).value();
        return sound.payments.opened(payment, "pi_" + std::to_string(payment.id.value), "s");
    }
    Payment paid() {
        auto const payment = open(place());
        sound.payments.captured(money(payment));
        return payment;
    }
    static Confirmed money(Payment const& payment) {
        return {.payment = payment.id, .amount = payment.amount, .currency = "usd"};
    }
    orders::Order order(OrderId id) { return shop.orders.find(id).value().order; }

    /// An event as Stripe sends it, signed.
    void hear(std::string_view type, Payment const& payment) {
        auto const body = fmt::format(
            R"({{"id":"evt_{}_{}","type":"{}","livemode":false,"data":{{"object":{{"id":"{}",)"
            R"("object":"payment_intent","amount":2000,"amount_received":2000,"currency":"usd"}}}}}})",
            type, payment.id.value, type, payment.reference.value());
        auto const time = std::to_string(shop.clock.seconds.load());
        std::string code;
        crypto::HmacKey(TestNode::webhook_secret).append_code(code, time + "." + body);
        auto const event =
            node.stripe.read_event(fmt::format("t={},v1={}", time, crypto::to_hex(code)), body);
        ASSERT_TRUE(event);
        node.stripe.take(*event);
    }
    std::int64_t count(std::string_view table, std::string_view where) {
        return shop.number(fmt::format("SELECT count(*) FROM {} WHERE {}", table, where));
    }

    orders::TestShop shop{GetParam()};
    db::FaultyDatabase broken{*shop.database};
    TestNode sound{*shop.database, shop.clock};
    TestNode node{broken, shop.clock};
    ProductId product = shop.product(10'000);
    ProductId other = shop.product(10'000);
};

INSTANTIATE_TEST_SUITE_P(Engines, Faults, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(Faults, ACheckoutIsWholeOrNotThere) {
    ASSERT_TRUE(shop.coupons.create({.code = "c", .value_hundredths = 10'00}, {}));
    std::int64_t orders = 0;
    break_each(
        [&] {
            EXPECT_TRUE(shop.carts.add({1}, {1}, product, 2));
            EXPECT_TRUE(shop.carts.add({1}, {1}, other, 3));
            return ++orders;
        },
        [&](std::int64_t) {
            auto purchase = shop.purchase();
            purchase.coupon_code = "c";
            auto const placed = node.orders.check_out(purchase);
            if (!placed) {
                EXPECT_EQ(placed.error().why, orders::PlaceRefusal::no_lines);
            }
        },
        [&](std::int64_t expected) {
            EXPECT_EQ(count("orders", "1 = 1"), expected);
            EXPECT_EQ(shop.stock(product), 10'000 - 2 * expected);
            EXPECT_EQ(count("outbox", "topic = 'mail.order_placed'"), expected);
            EXPECT_EQ(shop.number("SELECT uses FROM coupons"), expected);
        });
}

TEST_P(Faults, WhatIsStoredTogetherWithAnOrderIsThereWithIt) {
    std::int64_t orders = 0;
    break_each(
        [&] { return ++orders; },
        [&](std::int64_t number) {
            // As the answer to an Idempotency-Key: kept in the commit of its effect, looked for
            // first.
            broken.together([&](db::Tx& tx) {
                auto const event = "key_" + std::to_string(number);
                auto const known = tx.first(
                    {"t", "SELECT 1 FROM gateway_events WHERE event_id = $1"},
                    [](db::Row const&) { return true; }, event);
                if (known) return;
                EXPECT_TRUE(node.orders.place(shop.purchase(), {{orders::Wanted{product, 1}}}));
                tx.execute({"t",
                            "INSERT INTO gateway_events (gateway, event_id, received_at) VALUES "
                            "('t', $1, 0)"},
                           event);
            });
        },
        [&](std::int64_t expected) {
            EXPECT_EQ(count("orders", "1 = 1"), expected);
            EXPECT_EQ(count("gateway_events", "1 = 1"), expected);
        });
}

TEST_P(Faults, ACancelledOrderGivesItsUnitsAndItsMoneyBackOnce) {
    break_each([&] { return paid(); },
               [&](Payment const& payment) {
                   static_cast<void>(node.orders.cancel(payment.order, {1}, "no more"));
               },
               [&](Payment const& payment) {
                   EXPECT_TRUE(order(payment.order).cancelled_at);
                   EXPECT_EQ(shop.stock(product), 10'000);
                   EXPECT_EQ(count("outbox", fmt::format("topic = 'payment.refund_due' AND "
                                                         "subject_id = {}",
                                                         payment.order.value)),
                             1);
               });
}

TEST_P(Faults, ADeletedOrExpiredOrderIsGoneOnce) {
    break_each([&] { return place(); },
               [&](OrderId id) { static_cast<void>(node.orders.remove(id, {{1}})); },
               [&](OrderId id) {
                   EXPECT_FALSE(shop.orders.find(id));
                   EXPECT_EQ(shop.stock(product), 10'000);
               });
    break_each(
        [&] {
            auto const id = place();
            shop.clock.seconds += 3600;
            return id;
        },
        [&](OrderId) { node.orders.expire(std::chrono::hours(1), 10); },
        [&](OrderId id) {
            EXPECT_TRUE(order(id).cancelled_at);
            EXPECT_EQ(shop.stock(product), 10'000);
        });
}

TEST_P(Faults, APaymentIsBegunAndOpenedOnce) {
    break_each([&] { return place(); },
               [&](OrderId id) {
                   auto const begun = node.payments.begin({.order = id, .actor = {{1}}}).value();
                   node.payments.opened(begun, "pi_" + std::to_string(begun.id.value), "s");
               },
               [&](OrderId id) {
                   EXPECT_EQ(sound.payments.count({.order = id}), 1);
                   EXPECT_EQ(order(id).payment_intent, sound.payments.newest(id)->reference);
               },
               false);
}

TEST_P(Faults, AConfirmationPaysOnce) {
    break_each([&] { return open(place()); },
               [&](Payment const& payment) { node.payments.captured(money(payment)); },
               [&](Payment const& payment) {
                   EXPECT_EQ(order(payment.order).payment, PaymentState::paid);
                   EXPECT_EQ(sound.payments.transactions(payment.id).size(), 1U);
               });
}

TEST_P(Faults, ALateConfirmationTakesTheGoodsAgainOrGivesTheMoneyBackOnce) {
    bool sold_out = false;
    auto const prepare = [&] {
        auto const payment = open(place());
        sound.payments.failed(payment.id, "declined", AfterFailure::cancel_order);
        if (sold_out) {
            auto const left = shop.stock(product);
            EXPECT_TRUE(shop.orders.place(shop.purchase(), {{orders::Wanted{product, left}}}));
        }
        return payment;
    };
    auto const act = [&](Payment const& payment) {
        node.payments.captured(money(payment));
    };
    break_each(prepare, act, [&](Payment const& payment) {
        EXPECT_FALSE(order(payment.order).cancelled_at);
        EXPECT_EQ(order(payment.order).payment, PaymentState::paid);
    });
    sold_out = true;
    break_each(prepare, act, [&](Payment const& payment) {
        EXPECT_TRUE(order(payment.order).cancelled_at);
        EXPECT_EQ(sound.payments.find(payment.id)->refund_pending, payment.amount);
        EXPECT_EQ(sound.payments.transactions(payment.id).size(), 2U);
        shop.run("UPDATE products SET stock = stock + 10; ");
        shop.run(
            fmt::format("INSERT INTO stock_ledger (product_id, delta, reason, created_at) "
                        "SELECT id, 10, 'adjustment', 0 FROM products"));
    });
}

TEST_P(Faults, AWebhookCountsOnceHoweverOftenItComes) {
    break_each([&] { return open(place()); },
               [&](Payment const& payment) { hear("payment_intent.succeeded", payment); },
               [&](Payment const& payment) {
                   EXPECT_EQ(order(payment.order).payment, PaymentState::paid);
                   EXPECT_EQ(sound.payments.transactions(payment.id).size(), 1U);
                   EXPECT_EQ(count("gateway_events",
                                   fmt::format("event_id = 'evt_payment_intent.succeeded_{}'",
                                               payment.id.value)),
                             1);
               });
    break_each([&] { return open(place()); },
               [&](Payment const& payment) { hear("payment_intent.payment_failed", payment); },
               [&](Payment const& payment) {
                   EXPECT_TRUE(order(payment.order).cancelled_at);
                   EXPECT_EQ(sound.payments.find(payment.id)->status, Status::failed);
               });
}

TEST_P(Faults, ARefundIsAskedForAndGivenBackOnce) {
    break_each([&] { return paid(); },
               [&](Payment const& payment) {
                   static_cast<void>(node.payments.refund(payment.order, {}, "", admin));
               },
               [&](Payment const& payment) {
                   EXPECT_EQ(sound.payments.find(payment.id)->refund_pending, payment.amount);
                   EXPECT_EQ(sound.payments.transactions(payment.id).size(), 2U);
                   EXPECT_EQ(count("audit_log", fmt::format("action = 'refund' AND subject_id = {}",
                                                            payment.order.value)),
                             1);
               });
    while (sound.outbox.work_off() != 0) {
    }
    // A worker that dies keeps its item until its lease has run out.
    break_each(
        [&] {
            auto const payment = paid();
            EXPECT_TRUE(sound.payments.refund(payment.order, {}, "", admin));
            return payment;
        },
        [&](Payment const&) { node.outbox.work_off(); },
        [&](Payment const& payment) {
            shop.clock.seconds += 7200;
            while (sound.outbox.work_off() != 0) {
            }
            EXPECT_EQ(sound.payments.find(payment.id)->status, Status::refunded);
            EXPECT_EQ(order(payment.order).payment, PaymentState::refunded);
            EXPECT_EQ(sound.payments.transactions(payment.id).size(), 2U);
        },
        false);
}

}  // namespace
}  // namespace cartwright::payments
