#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <ostream>
#include <utility>

#include "features/payments/test_model.hpp"
#include "features/payments/test_node.hpp"

namespace cartwright::payments {
namespace {

using Mood = MoodyGateway::Mood;
using orders::Action;

/// One thing that somebody does: which of `Both::kinds`, and to whom and how much. What the numbers
/// mean depends on it.
struct Step {
    std::size_t kind = 0, a = 0, b = 0, c = 0;
};

constexpr std::size_t users = 3, products = 3;
constexpr std::array<std::string_view, 2> codes{"tenth", "free"};
audit::Actor const admin{{1}, true};

/// The real shop and the model, side by side.
class Both {
public:
    explicit Both(db::Engine engine) : shop_(engine, users) {
        static constexpr std::array<std::int64_t, products> stocks{6, 9, 4}, prices{1005, 20, 0};
        for (std::size_t i = 0; i < products; ++i) {
            ids_.push_back(shop_.product(stocks.at(i), {prices.at(i)}));
            model_.stock.push_back(stocks.at(i));
            model_.price.push_back(prices.at(i));
        }
        model_.carts.resize(users);
        model_.now = shop_.clock.seconds;
        RC_ASSERT(
            node_.coupons
                .create(
                    {.code = "tenth", .value_hundredths = 10'00, .usage_limit = model::tenth_limit},
                    admin)
                .has_value());
        RC_ASSERT(node_.coupons
                      .create({.code = "free",
                               .type = coupons::DiscountType::fixed,
                               .value_hundredths = 99'999'999,
                               .per_user_limit = 1},
                              admin)
                      .has_value());
    }

    /// Both do it, and agree on whether it can be done.
    void take(Step const& step) { (this->*kinds.at(step.kind).act)(step); }

    void agree() {
        for (std::size_t i = 0; i < products; ++i)
            RC_ASSERT(shop_.stock(ids_.at(i)) == model_.stock.at(i));
        RC_ASSERT(uses("tenth") == model_.uses[model::tenth]);
        RC_ASSERT(uses("free") == model_.uses[model::free_of_charge]);
        for (std::size_t i = 0; i < orders_.size(); ++i)
            agree_on(orders_.at(i), model_.orders.at(i));
        auto const findings = shop_.database->read([](db::Read& read) {
            auto all = Payments::verify(read, 10);
            for (auto const& more :
                 {orders::Orders::verify(read, 10), carts::Carts::verify(read, 10)})
                all.insert(all.end(), more.begin(), more.end());
            for (auto const& finding : catalog::Catalog::verify_stock(read, 10))
                all.push_back("stock of " + std::to_string(finding.product.value));
            return all;
        });
        RC_ASSERT(findings == std::vector<std::string>{});
    }

private:
    static UserId user(std::size_t index) { return {static_cast<std::int64_t>(index) + 1}; }
    static std::optional<std::size_t> coupon(std::size_t number) {
        return number % 4 < codes.size() ? std::optional(number % 4) : std::nullopt;
    }
    std::int64_t uses(std::string_view code) {
        return shop_.number("SELECT uses FROM coupons WHERE code = '" + std::string(code) + "'");
    }
    orders::Purchase purchase(std::size_t who, std::optional<std::size_t> coupon) {
        auto purchase = shop_.purchase(user(who));
        if (coupon) purchase.coupon_code = std::string(codes.at(*coupon));
        return purchase;
    }
    void placed(std::expected<orders::ShownOrder, orders::Refused> const& real, bool should) {
        RC_ASSERT(real.has_value() == should);
        if (real) orders_.push_back(real->order.id);
    }

    void add(Step const& step) {
        auto const who = step.a % users;
        auto const product = step.b % products;
        auto const units = static_cast<std::int64_t>(step.c % 3) + 1;
        RC_ASSERT(node_.carts.add(user(who), {1}, ids_.at(product), units).has_value() ==
                  model_.add(who, product, units));
    }
    void clear(Step const& step) {
        node_.carts.clear(user(step.a % users), {1});
        model_.carts.at(step.a % users).clear();
    }
    void check_out(Step const& step) {
        auto const who = step.a % users;
        placed(node_.orders.check_out(purchase(who, coupon(step.b))),
               model_.check_out(who, coupon(step.b)));
    }
    void place(Step const& step) {
        auto const who = step.a % users;
        auto const product = step.b % products;
        auto const units = static_cast<std::int64_t>(step.c % 3) + 1;
        placed(node_.orders.place(purchase(who, coupon(step.b + step.c)),
                                  {{orders::Wanted{ids_.at(product), units}}}),
               model_.place(who, {{product, units}}, coupon(step.b + step.c)));
    }
    void expire(Step const& step) {
        shop_.clock.seconds += static_cast<std::int64_t>(step.a) * 3600;
        model_.now = shop_.clock.seconds;
        node_.orders.expire(std::chrono::hours(24), 1000);
        model_.expire(24 * 3600);
    }
    void adjust(Step const& step) {
        auto const product = step.a % products;
        auto const delta = static_cast<std::int64_t>(step.b) - 4;
        if (delta == 0) return;
        RC_ASSERT(node_.catalog.adjust_stock({1}, ids_.at(product), delta, "", admin).has_value() ==
                  model_.adjust(product, delta));
    }
    void reprice(Step const& step) {
        auto const product = step.a % products;
        Money const price{static_cast<std::int64_t>(step.b * 37)};
        RC_ASSERT(node_.catalog.change({1}, ids_.at(product), {.price = price}, admin).has_value());
        model_.price.at(product) = price.minor;
    }
    void work_off_well(Step const&) { work_off(Mood::gives_back); }
    void work_off_badly(Step const& step) {
        static constexpr std::array moods{Mood::refuses, Mood::takes_its_time, Mood::is_away};
        work_off(moods.at(step.a % moods.size()));
    }
    void work_off(Mood mood) {
        shop_.clock.seconds += 7200;
        model_.now = shop_.clock.seconds;
        node_.gateway.mood = mood;
        while (node_.outbox.work_off() != 0) {
        }
        if (mood == Mood::gives_back || mood == Mood::refuses) {
            model_.work_off(mood == Mood::gives_back);
        } else {
            model_.work_off(std::nullopt);
        }
    }

    /// The order's payments by card, oldest first, as the model has them.
    std::vector<std::pair<PaymentId, model::Payment*>> cards(OrderId id, model::Order& order) {
        std::vector<std::pair<PaymentId, model::Payment*>> found;
        auto const real =
            node_.payments.page({.gateway = Gateway::stripe, .order = id}, {}, 0, 100);
        for (auto& payment : order.payments)
            if (!payment.by_hand) found.emplace_back(PaymentId{}, &payment);
        RC_ASSERT(real.size() == found.size());
        for (std::size_t i = 0; i < found.size(); ++i)
            found.at(i).first = real.at(real.size() - 1 - i).id;
        return found;
    }

    /// Some order, where there is one.
    template <class Act>
    void with_order(Step const& step, Act act) {
        if (orders_.empty()) return;
        auto const index = step.a % orders_.size();
        act(orders_.at(index), model_.orders.at(index));
    }
    /// Some payment by card, where the order has one.
    template <class Act>
    void with_card(Step const& step, Act act) {
        with_order(step, [&](OrderId id, model::Order& order) {
            auto const all = cards(id, order);
            if (all.empty()) return;
            auto const& [payment, expected] = all.at(step.b % all.size());
            act(payment, order, *expected);
        });
    }

    void begin(Step const& step) {
        with_order(step, [&](OrderId id, model::Order& order) {
            auto const begun = node_.payments.begin({.order = id, .actor = {user(order.user)}});
            RC_ASSERT(begun.has_value() == model_.begin(order));
            if (begun) node_.payments.opened(*begun, "pi_" + std::to_string(begun->id.value), "s");
        });
    }
    void capture(Step const& step) {
        with_card(step, [&](PaymentId id, model::Order& order, model::Payment& payment) {
            node_.payments.captured(
                {.payment = id, .amount = Money{payment.amount}, .currency = "usd"});
            model_.capture(order, payment);
        });
    }
    void fail(Step const& step) {
        bool const cancels = step.c % 2 == 0;
        with_card(step, [&](PaymentId id, model::Order& order, model::Payment& payment) {
            node_.payments.failed(id, "declined",
                                  cancels ? AfterFailure::cancel_order : AfterFailure::keep_order);
            model_.fail(order, payment, cancels);
        });
    }

    bool change(OrderId id, audit::Actor const& by, Action action) {
        return node_.orders.change(id, by, {.action = action}).has_value();
    }

    void cancel(Step const& step) {
        with_order(step, [&](OrderId id, model::Order& order) {
            RC_ASSERT(change(id, {user(order.user)}, Action::cancel) ==
                      model_.cancel(order, false));
        });
    }
    void cancel_as_admin(Step const& step) {
        with_order(step, [&](OrderId id, model::Order& order) {
            RC_ASSERT(change(id, admin, Action::cancel) == model_.cancel(order, true));
        });
    }
    void remove(Step const& step) {
        bool const as_admin = step.c % 2 == 0;
        with_order(step, [&](OrderId id, model::Order& order) {
            auto const by = as_admin ? admin : audit::Actor{user(order.user)};
            RC_ASSERT(node_.orders.remove(id, by).has_value() == model_.remove(order, as_admin));
        });
    }
    void pay_by_hand(Step const& step) {
        with_order(step, [&](OrderId id, model::Order& order) {
            RC_ASSERT(change(id, admin, Action::record_payment) == model_.pay_by_hand(order));
        });
    }
    void refund(Step const& step) {
        auto const part = static_cast<std::int64_t>(step.b * 100) - 100;
        auto const amount = step.c % 3 == 0 ? std::nullopt : std::optional(part);
        with_order(step, [&](OrderId id, model::Order& order) {
            auto const wanted = amount ? std::optional(Money{*amount}) : std::nullopt;
            RC_ASSERT(node_.payments.refund(id, wanted, "", admin).has_value() ==
                      model_.refund(order, amount));
        });
    }
    void move_on(Step const& step) {
        with_order(step, [&](OrderId id, model::Order& order) {
            if (step.b % 3 == 0) {
                RC_ASSERT(change(id, admin, Action::start_processing) == model_.process(order));
            } else if (step.b % 3 == 1) {
                RC_ASSERT(change(id, admin, Action::ship) == model_.ship(order));
            } else {
                RC_ASSERT(change(id, admin, Action::deliver) == model_.deliver(order));
            }
        });
    }

    void agree_on(OrderId id, model::Order& expected) {
        auto const shown = node_.orders.find(id);
        RC_ASSERT(shown.has_value() == !expected.deleted);
        if (shown) {
            RC_ASSERT(shown->order.totals.total.minor == expected.total);
            RC_ASSERT(shown->order.cancelled_at.has_value() == expected.cancelled);
            static constexpr std::array states{
                orders::PaymentState::unpaid, orders::PaymentState::paid,
                orders::PaymentState::partly_refunded, orders::PaymentState::refunded};
            RC_ASSERT(shown->order.payment ==
                      states.at(static_cast<std::size_t>(std::to_underlying(expected.paid()))));
        }
        auto const real = node_.payments.page({.order = id}, {}, 0, 100);
        RC_ASSERT(real.size() == expected.payments.size());
        for (std::size_t i = 0; i < real.size(); ++i) {
            auto const& payment = real.at(real.size() - 1 - i);
            auto const& should = expected.payments.at(i);
            RC_ASSERT(payment.captured.minor == (should.captured ? should.amount : 0));
            RC_ASSERT(payment.refunded.minor == should.refunded);
            RC_ASSERT(payment.refund_pending.minor == should.pending);
            RC_ASSERT(payment.pays_order == should.pays);
        }
    }

public:
    struct Kind {
        std::string_view word;
        void (Both::*act)(Step const&);
    };
    static std::array<Kind, 18> const kinds;

private:
    orders::TestShop shop_;
    TestNode node_{*shop_.database, shop_.clock};
    model::Shop model_;
    std::vector<ProductId> ids_;
    std::vector<OrderId> orders_;
};

std::array<Both::Kind, 18> const Both::kinds{{
    {"place", &Both::place},
    {"begin", &Both::begin},
    {"capture", &Both::capture},
    {"add", &Both::add},
    {"clear", &Both::clear},
    {"check out", &Both::check_out},
    {"cancel", &Both::cancel},
    {"cancel as admin", &Both::cancel_as_admin},
    {"remove", &Both::remove},
    {"fail", &Both::fail},
    {"pay by hand", &Both::pay_by_hand},
    {"refund", &Both::refund},
    {"move on", &Both::move_on},
    {"expire", &Both::expire},
    {"adjust", &Both::adjust},
    {"reprice", &Both::reprice},
    {"work off", &Both::work_off_well},
    {"work off, the gateway in another mood", &Both::work_off_badly},
}};

void showValue(Step const& step, std::ostream& out) {
    out << Both::kinds.at(step.kind).word << ' ' << step.a << ' ' << step.b << ' ' << step.c;
}

rc::Gen<Step> step() {
    auto const number = rc::gen::inRange<std::size_t>(0, 12);
    // The first three are what everything else needs.
    auto const kind = rc::gen::weightedOneOf<std::size_t>(
        {{2, rc::gen::inRange<std::size_t>(0, Both::kinds.size())},
         {1, rc::gen::inRange<std::size_t>(0, 3)}});
    return rc::gen::map(rc::gen::tuple(kind, number, number, number), [](auto const& made) {
        return Step{std::get<0>(made), std::get<1>(made), std::get<2>(made), std::get<3>(made)};
    });
}

/// Random sequences of everything that buyers, admins, the gateway and time do to orders. A
/// failure prints its seed and the shortest sequence that still fails; RC_PARAMS="seed=…" repeats
/// it, "max_success=5000 max_size=300" looks longer.
class ShopProperty : public testing::TestWithParam<db::Engine> {};

INSTANTIATE_TEST_SUITE_P(Engines, ShopProperty, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ShopProperty, TheShopDoesWhatTheModelDoes) {
    EXPECT_TRUE(rc::check("the shop does what the model does", [] {
        auto const steps = *rc::gen::container<std::vector<Step>>(step());
        Both both(GetParam());
        for (auto const& step : steps) both.take(step);
        both.agree();
    }));
}

}  // namespace
}  // namespace cartwright::payments
