#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "features/orders/test_shop.hpp"
#include "features/payments/page_payments.hpp"
#include "platform/client/client.hpp"

/// What the tests of payments on a gateway's page share.
namespace cartwright::payments::page_tests {

using carts::race;
using orders::Action, orders::PaymentState;

inline constexpr std::int64_t rivals = 64;
inline audit::Actor const admin{{2}, true};
inline audit::Actor const buyer{{1}};

/// A gateway that answers what it was told to.
class ToldGateway final : public PageGateway {
public:
    std::expected<std::string, Declined> open(Checkout const& checkout) const override {
        std::lock_guard const lock(mutex);
        meet();
        opened.push_back(checkout);
        if (decline) return std::unexpected(*decline);
        return "token of " + checkout.reference;
    }
    Report report(std::string_view) const override {
        std::lock_guard const lock(mutex);
        meet();
        ++reports;
        return told;
    }
    std::expected<RefundReport, Declined> refund(Refunding const& wanted) const override {
        std::lock_guard const lock(mutex);
        refunds.push_back(wanted.reference);
        meet();
        if (decline) return std::unexpected(*decline);
        return told_refund;
    }
    RefundReport refund_report(std::string_view, std::string_view reference) const override {
        std::lock_guard const lock(mutex);
        meet();
        asked_refunds.emplace_back(reference);
        return told_refund_report;
    }

    bool away = false;
    std::optional<Declined> decline;
    Report told;
    RefundReport told_refund;
    RefundReport told_refund_report;
    mutable std::vector<Checkout> opened;
    mutable int reports = 0;
    mutable std::vector<std::string> refunds;
    mutable std::vector<std::string> asked_refunds;

private:
    void meet() const {
        if (away) throw client::Unavailable("away", true);
    }
    mutable std::mutex mutex;
};

/// Payments by Paytm on both engines; the books are right afterwards.
class PagePaymentsTest : public testing::TestWithParam<db::Engine> {
protected:
    void TearDown() override {
        EXPECT_EQ(shop.database->read([](db::Read& read) { return Payments::verify(read, 10); }),
                  std::vector<std::string>{});
        shop.expect_sound();
    }

    OrderId place(orders::Surface surface = orders::Surface::customer) {
        auto purchase = shop.purchase({1});
        purchase.surface = surface;
        return shop.orders.place(purchase, {{orders::Wanted{product, 2}}}).value().order.id;
    }
    Payment begin(OrderId order) { return paytm.begin(order, buyer, urls).value(); }
    Report money(Payment const& payment) const {
        return {.standing = Standing::succeeded,
                .ours = true,
                .transaction = "T" + std::to_string(payment.id.value),
                .amount = payment.amount,
                .type = PaymentType::upi};
    }
    static Report no_money(Standing standing = Standing::failed) {
        return {.standing = standing, .ours = true, .transaction = "T", .amount = {}};
    }
    static Claim claim(Payment const& payment) {
        return {
            .reference = payment.reference.value(), .merchant = "MID", .amount = payment.amount};
    }
    void fail(Payment const& payment) {
        gateway->told = no_money();
        EXPECT_EQ(paytm.hear(claim(payment)), Heard::taken);
        EXPECT_EQ(status(payment), Status::failed);
    }
    Status status(Payment const& payment) { return payments.find(payment.id)->status; }
    orders::Order order(OrderId id) { return shop.orders.find(id).value().order; }
    void work_off() {
        while (shop.outbox.work_off() != 0) {
        }
    }

    orders::TestShop shop{GetParam(), rivals};
    Payments payments{*shop.database, shop.orders, shop.outbox, shop.clock};
    ToldGateway* gateway = new ToldGateway;
    PagePayments paytm{payments,
                       Gateway::paytm,
                       std::unique_ptr<PageGateway const>(gateway),
                       shop.clock,
                       {.merchant = "MID"}};
    ReturnUrls urls{"https://shop.example/cb/", "https://shop.example/back/"};
    ProductId product = shop.product(1000);
};

}  // namespace cartwright::payments::page_tests
