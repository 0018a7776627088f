#pragma once

#include <string>

#include "features/orders/test_shop.hpp"
#include "features/payments/stripe_payments.hpp"
#include "platform/client/client.hpp"

namespace cartwright::payments {

/// A gateway that does with refunds what a test says.
class MoodyGateway final : public GatewayModule {
public:
    enum class Mood { gives_back, refuses, takes_its_time, is_away };

    RefundAnswer refund(Payment const&, Transaction const& refund, std::int64_t) override {
        auto const reference = "re_" + refund.idempotency_key;
        switch (mood) {
            case Mood::gives_back: return {MovementState::succeeded, reference};
            case Mood::refuses: return {MovementState::failed, reference, "closed"};
            case Mood::takes_its_time: return {MovementState::pending, reference};
            case Mood::is_away: break;
        }
        throw client::Unavailable("away", true);
    }
    void reconcile(Payment const&) override {}

    Mood mood = Mood::gives_back;
};

/// One process of the shop, on whatever database: orders, payments, and a gateway for the cards.
struct TestNode {
    static constexpr std::string_view webhook_secret = "whsec_node";

    TestNode(db::Database& database, Clock const& clock)
        : catalog(database, clock),
          carts(database, catalog, clock),
          coupons(database, clock),
          outbox(database, clock, {.attempts_max = 1000}),
          orders(database, catalog, carts, coupons, outbox, clock),
          payments(database, orders, outbox, clock),
          stripe(payments, orders, {}, {std::string(webhook_secret)}, clock) {
        payments.use(Gateway::stripe, gateway);
        for (auto const topic : {orders::placed_topic, orders::shipped_topic,
                                 orders::cancelled_topic, orders::refunded_topic})
            outbox.on(topic, [](auto const&, auto&) { return jobs::Handled::done; });
    }

    catalog::Catalog catalog;
    carts::Carts carts;
    coupons::Coupons coupons;
    jobs::Outbox outbox;
    orders::Orders orders;
    Payments payments;
    StripePayments stripe;
    MoodyGateway gateway;
};

}  // namespace cartwright::payments
