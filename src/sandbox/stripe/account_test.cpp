#include "sandbox/stripe/account.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwright::sandbox::stripe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class FixedClock final : public Clock {
public:
    Instant now() const override { return Instant(std::chrono::seconds(1'700'000'000)); }
};

Asked asked(std::string_view form) {
    return {.form = Form(form),
            .base_url = "http://sandbox.test",
            .request_id = "req_1",
            .idempotency_key = {}};
}

class SandboxStripe : public testing::Test {
protected:
    std::string create(std::string_view form = "amount=199998&currency=usd") {
        auto const made = account_.create(asked(form));
        EXPECT_TRUE(made.has_value());
        types_.clear();
        return made ? std::string(text(*made, "id")) : std::string{};
    }
    static std::string status(Result const& result) {
        return result ? std::string(text(*result, "status")) : result.error().code;
    }

    FixedClock clock_;
    std::vector<std::string> types_;
    Account account_{clock_, 100,
                     [this](std::string const& type, std::string const&, std::string const&) {
                         types_.push_back(type);
                     }};
};

TEST_F(SandboxStripe, refuses_bad_amounts_and_parameters) {
    struct Row {
        std::string_view form;
        std::string_view code;
        std::string_view param;
    };
    for (auto const& row : std::initializer_list<Row>{
             {"currency=usd", "parameter_missing", "amount"},
             {"amount=100", "parameter_missing", "currency"},
             {"amount=1.5&currency=usd", "parameter_invalid_integer", "amount"},
             {"amount=0&currency=usd", "parameter_invalid_integer", "amount"},
             {"amount=100000000&currency=usd", "amount_too_large", "amount"},
             {"amount=49&currency=usd", "amount_too_small", "amount"},
             {"amount=100&currency=us", "", "currency"},
             {"amount=100&currency=usd&colour=red", "parameter_unknown", "colour"},
             {"amount=100&currency=usd&payment_method=pm_none", "resource_missing",
              "payment_method"},
             {"amount=100&currency=usd&automatic_payment_methods[enabled]=true&"
              "payment_method_types[0]=card",
              "", "payment_method_types"}}) {
        auto const made = account_.create(asked(row.form));
        ASSERT_FALSE(made.has_value()) << row.form;
        EXPECT_EQ(made.error().status, 400) << row.form;
        EXPECT_EQ(made.error().code, row.code) << row.form;
        EXPECT_EQ(made.error().param, row.param) << row.form;
    }
}

TEST_F(SandboxStripe, a_good_card_pays_once) {
    auto const id = create();
    EXPECT_EQ(status(account_.confirm(id, asked(""))), "payment_intent_unexpected_state");
    auto const paid = account_.confirm(id, asked("payment_method=pm_card_visa"));
    ASSERT_TRUE(paid.has_value());
    EXPECT_EQ(text(*paid, "status"), "succeeded");
    EXPECT_EQ(number(*paid, "amount_received"), 199'998);
    EXPECT_THAT(types_, ElementsAre("charge.succeeded", "payment_intent.succeeded"));
    EXPECT_EQ(status(account_.confirm(id, asked(""))), "payment_intent_unexpected_state");
    EXPECT_EQ(status(account_.cancel(id, asked(""))), "payment_intent_unexpected_state");
    EXPECT_EQ(status(account_.update(id, asked("amount=100"))), "payment_intent_unexpected_state");
}

TEST_F(SandboxStripe, a_declined_card_leaves_the_intent_open) {
    auto const id = create();
    auto const declined =
        account_.confirm(id, asked("payment_method=pm_card_chargeDeclinedInsufficientFunds"));
    ASSERT_FALSE(declined.has_value());
    EXPECT_EQ(declined.error().status, 402);
    EXPECT_EQ(declined.error().decline_code, "insufficient_funds");
    EXPECT_EQ(text(declined.error().intent, "status"), "requires_payment_method");
    EXPECT_THAT(types_, ElementsAre("charge.failed", "payment_intent.payment_failed"));
    EXPECT_EQ(status(account_.confirm(id, asked("payment_method=pm_card_visa"))), "succeeded");
}

TEST_F(SandboxStripe, the_buyer_answers_his_bank) {
    for (bool const well : {true, false}) {
        auto const id = create();
        auto const confirmed = account_.confirm(
            id, asked("payment_method=pm_card_authenticationRequired&return_url=http://shop/"));
        ASSERT_TRUE(confirmed.has_value());
        EXPECT_EQ(text(*confirmed, "status"), "requires_action");
        EXPECT_EQ(text(confirmed->at("next_action").at("redirect_to_url").as_object(), "url"),
                  "http://sandbox.test/pay/stripe/" + id);
        EXPECT_EQ(status(account_.settle(id, well, asked(""))),
                  well ? "succeeded" : "requires_payment_method");
        EXPECT_EQ(status(account_.settle(id, well, asked(""))), "payment_intent_unexpected_state");
    }
}

TEST_F(SandboxStripe, captures_by_hand_and_cancels) {
    auto const id = create("amount=1000&currency=usd&capture_method=manual");
    EXPECT_EQ(status(account_.capture(id, asked(""))), "payment_intent_unexpected_state");
    EXPECT_EQ(status(account_.confirm(id, asked("payment_method=pm_card_visa"))),
              "requires_capture");
    EXPECT_EQ(status(account_.capture(id, asked("amount_to_capture=1001"))), "amount_too_large");
    auto const captured = account_.capture(id, asked("amount_to_capture=600"));
    ASSERT_TRUE(captured.has_value());
    EXPECT_EQ(number(*captured, "amount_received"), 600);
    EXPECT_EQ(number(*captured, "amount_capturable"), 0);
    auto const other = create();
    EXPECT_FALSE(account_.cancel(other, asked("cancellation_reason=bored")).has_value());
    EXPECT_EQ(status(account_.cancel(other, asked("cancellation_reason=duplicate"))), "canceled");
    EXPECT_EQ(status(account_.cancel(other, asked(""))), "payment_intent_unexpected_state");
}

TEST_F(SandboxStripe, refunds_no_more_than_was_captured) {
    auto const id = create();
    EXPECT_FALSE(account_.refund(asked("payment_intent=" + id)).has_value());
    ASSERT_TRUE(account_.confirm(id, asked("payment_method=pm_card_visa")).has_value());
    types_.clear();
    auto const part = account_.refund(asked("payment_intent=" + id + "&amount=99998"));
    ASSERT_TRUE(part.has_value());
    EXPECT_EQ(status(account_.retrieve_refund(text(*part, "id"))), "succeeded");
    EXPECT_THAT(types_, ElementsAre("refund.created", "charge.refunded"));
    auto const too_much = account_.refund(asked("payment_intent=" + id + "&amount=100001"));
    ASSERT_FALSE(too_much.has_value());
    EXPECT_THAT(too_much.error().message, HasSubstr("100000"));
    EXPECT_EQ(status(account_.refund(asked("payment_intent=" + id))), "succeeded");
    EXPECT_EQ(status(account_.refund(asked("payment_intent=" + id))), "charge_already_refunded");
}

TEST_F(SandboxStripe, lists_newest_first_in_pages) {
    std::vector<std::string> ids;
    for (int i = 0; i < 5; ++i) ids.insert(ids.begin(), create());
    auto const shown = [&](std::string const& form) {
        std::vector<std::string> found;
        auto const page = account_.list(asked(form));
        if (!page) return std::vector{page.error().code};
        for (auto const& one : page->at("data").as_array())
            found.emplace_back(text(one.as_object(), "id"));
        found.emplace_back(page->at("has_more").as_bool() ? "more" : "end");
        return found;
    };
    EXPECT_THAT(shown("limit=2"), ElementsAre(ids[0], ids[1], "more"));
    EXPECT_THAT(shown("limit=3&starting_after=" + ids[1]),
                ElementsAre(ids[2], ids[3], ids[4], "end"));
    EXPECT_THAT(shown("limit=2&ending_before=" + ids[3]), ElementsAre(ids[1], ids[2], "more"));
    EXPECT_THAT(shown("created[gt]=1700000000"), ElementsAre("end"));
    EXPECT_THAT(shown("limit=101"), ElementsAre("parameter_invalid_integer"));
    EXPECT_THAT(shown("starting_after=pi_none"), ElementsAre("resource_missing"));
}

TEST_F(SandboxStripe, forgets_the_oldest) {
    auto const first = create();
    for (int i = 0; i < 100; ++i) create();
    EXPECT_EQ(status(account_.retrieve(first, asked(""))), "resource_missing");
}

TEST_F(SandboxStripe, metadata_merges) {
    auto const id = create("amount=100&currency=usd&metadata[a]=1&metadata[b]=2");
    auto const changed = account_.update(id, asked("metadata[a]=&metadata[c]=x%26y"));
    ASSERT_TRUE(changed.has_value());
    EXPECT_EQ(changed->at("metadata"), (boost::json::object{{"b", "2"}, {"c", "x&y"}}));
}

}  // namespace
}  // namespace cartwright::sandbox::stripe
