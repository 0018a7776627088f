#include "features/coupons/coupons.hpp"

#include <gtest/gtest.h>

#include "platform/db/test_database.hpp"

namespace cartwright::coupons {
namespace {

class StoppedClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{1704067200}}; }
};

class CouponRules : public testing::TestWithParam<db::Engine> {
protected:
    CouponRules() {
        database->write([](db::Tx& tx) {
            for (auto const* name : {"a", "b", "c"})
                tx.execute({"t",
                            "INSERT INTO users (username, username_key, email, email_key, "
                            "password_hash, user_type, joined_at, updated_at) "
                            "VALUES ($1, $1, $1, $1, '', 'customer', 0, 0)"},
                           name);
            tx.execute({"t",
                        "INSERT INTO stores (public_id, name, created_at, updated_at) "
                        "VALUES ('store_2', 'Second', 0, 0)"});
        });
    }

    std::expected<Discount, Refusal> quote(std::string_view code, Money subtotal = {100'000},
                                           StoreId store = {1}) {
        return database->read(
            [&](db::Read& read) { return coupons.quote(read, code, {store, {1}, subtotal}); });
    }
    std::expected<Discount, Refusal> redeem(std::string_view code, UserId user = {1}) {
        return database->write(
            [&](db::Tx& tx) { return coupons.redeem(tx, code, {{1}, user, {100'000}}); });
    }

    db::TestDatabase database{GetParam()};
    StoppedClock clock;
    Coupons coupons{*database, clock};
};

INSTANTIATE_TEST_SUITE_P(Engines, CouponRules, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(CouponRules, TakeOffAPercentageOrAnAmount) {
    ASSERT_TRUE(coupons.create({.code = "Save10", .value_hundredths = 1000}, {}));
    ASSERT_TRUE(
        coupons.create({.code = "FIVE", .type = DiscountType::fixed, .value_hundredths = 500}, {}));
    EXPECT_EQ(quote("sAVE10")->amount, Money{10'000});
    EXPECT_EQ(quote(" SAVE10 ")->code, "Save10");
    EXPECT_EQ(quote("save10", {5})->amount, Money{1});  // half up
    EXPECT_EQ(quote("five")->amount, Money{500});
    EXPECT_EQ(quote("five", {499})->amount, Money{499});
}

TEST_P(CouponRules, EachTermRefuses) {
    auto const now = clock.now();
    using std::chrono::seconds;
    ASSERT_TRUE(coupons.create({.code = "other", .value_hundredths = 1, .store = StoreId{2}}, {}));
    ASSERT_TRUE(coupons.create({.code = "off", .value_hundredths = 1, .active = false}, {}));
    ASSERT_TRUE(coupons.create(
        {.code = "soon", .value_hundredths = 1, .valid_from = now + seconds(1)}, {}));
    ASSERT_TRUE(coupons.create({.code = "past", .value_hundredths = 1, .valid_until = now}, {}));
    ASSERT_TRUE(
        coupons.create({.code = "much", .value_hundredths = 1, .min_subtotal = {100'001}}, {}));
    EXPECT_EQ(quote("none").error(), Refusal::unknown);
    EXPECT_EQ(quote("other").error(), Refusal::unknown);
    EXPECT_TRUE(quote("other", {1}, {2}));
    EXPECT_EQ(quote("off").error(), Refusal::inactive);
    EXPECT_EQ(quote("soon").error(), Refusal::not_yet_valid);
    EXPECT_EQ(quote("past").error(), Refusal::expired);
    EXPECT_EQ(quote("much").error(), Refusal::subtotal_too_small);
    for (auto const* code : {"none", "other", "off", "soon", "past", "much"})
        EXPECT_EQ(redeem(code).error(), quote(code).error()) << code;
}

TEST_P(CouponRules, LimitsCount) {
    auto const id =
        coupons
            .create({.code = "c", .value_hundredths = 1, .usage_limit = 2, .per_user_limit = 1}, {})
            ->id;
    EXPECT_TRUE(redeem("c"));
    EXPECT_EQ(redeem("c").error(), Refusal::used_up_by_user);
    EXPECT_EQ(quote("c").error(), Refusal::used_up_by_user);
    EXPECT_TRUE(redeem("c", {2}));
    EXPECT_EQ(redeem("c", {3}).error(), Refusal::used_up);
    EXPECT_EQ(quote("c").error(), Refusal::used_up);
    database->write([&](db::Tx& tx) { coupons.give_back(tx, id, {1}); });
    EXPECT_EQ(coupons.find(id)->uses, 1);
    EXPECT_TRUE(redeem("c"));
}

TEST_P(CouponRules, CodesAreUniqueWithoutRegardToCase) {
    auto const id = coupons.create({.code = "Stra\u00dfe", .value_hundredths = 1}, {})->id;
    EXPECT_EQ(coupons.create({.code = "STRASSE", .value_hundredths = 1}, {}).error(),
              SaveRefusal::code_taken);
    auto const other = coupons.create({.code = "x", .value_hundredths = 1}, {})->id;
    EXPECT_EQ(coupons.change(other, {.code = "strasse", .value_hundredths = 1}, {}).error(),
              SaveRefusal::code_taken);
    EXPECT_TRUE(coupons.remove(id, {}));
    EXPECT_FALSE(coupons.remove(id, {}));
    EXPECT_FALSE(coupons.find(id));
    EXPECT_EQ(coupons.change(id, {.code = "y", .value_hundredths = 1}, {}).error(),
              SaveRefusal::unknown_coupon);
    EXPECT_TRUE(coupons.create({.code = "strasse", .value_hundredths = 1}, {}));
    EXPECT_EQ(coupons.page({}, 0, 10).count, 2);
    EXPECT_EQ(coupons.page({}, 1, 10).coupons.size(), 1U);
}

}  // namespace
}  // namespace cartwright::coupons
