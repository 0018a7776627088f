#include "surfaces/shop/order_json.hpp"

#include <gtest/gtest.h>

namespace cartwright::shop {
namespace {

using orders::FulfilmentState;
using orders::PaymentState;

TEST(OrderStatus, IsTheTableOfTheContract) {
    using enum FulfilmentState;
    struct Case {
        FulfilmentState state;
        std::string_view unpaid;
        std::string_view paid;
    };
    for (auto const& [state, unpaid, paid] :
         {Case{placed, "pending", "completed"}, Case{processing, "processing", "completed"},
          Case{shipped, "completed", "completed"}, Case{out_for_delivery, "completed", "completed"},
          Case{delivered, "completed", "completed"}}) {
        EXPECT_EQ(order_status(PaymentState::unpaid, state, false), unpaid);
        EXPECT_EQ(order_status(PaymentState::paid, state, false), paid);
        EXPECT_EQ(order_status(PaymentState::partly_refunded, state, false), paid);
        EXPECT_EQ(order_status(PaymentState::refunded, state, true), "cancelled");
        EXPECT_EQ(order_status(PaymentState::unpaid, state, true), "cancelled");
    }
}

}  // namespace
}  // namespace cartwright::shop
