#include "features/orders/transitions.hpp"

#include <gtest/gtest.h>

#include <array>

namespace cartwright::orders {
namespace {

using enum Action;
using enum FulfilmentState;
using enum PaymentState;

constexpr std::array actions{reopen,   start_processing, record_payment, ship,
                             send_out, deliver,          cancel};
constexpr std::array payments{unpaid, paid, partly_refunded, refunded};
constexpr std::array fulfilments{placed, processing, shipped, out_for_delivery, delivered};

TEST(Transitions, NothingLeadsOutOfCancelled) {
    for (auto const action : actions)
        for (auto const payment : payments)
            for (auto const fulfilment : fulfilments)
                EXPECT_FALSE(after({payment, fulfilment, true}, action));
}

TEST(Transitions, OnlyWhatHasNotLeftTheHouseIsCancelled) {
    for (auto const payment : payments) {
        EXPECT_EQ(after({payment, placed}, cancel), (State{payment, placed, true}));
        EXPECT_EQ(after({payment, processing}, cancel), (State{payment, processing, true}));
        for (auto const gone : {shipped, out_for_delivery, delivered})
            EXPECT_FALSE(after({payment, gone}, cancel));
    }
}

TEST(Transitions, AParcelGoesOneWay) {
    EXPECT_EQ(after({paid, placed}, ship), (State{paid, shipped}));
    EXPECT_EQ(after({paid, processing}, ship), (State{paid, shipped}));
    EXPECT_EQ(after({unpaid, processing}, ship), (State{unpaid, shipped}));
    EXPECT_EQ(after({paid, shipped}, send_out), (State{paid, out_for_delivery}));
    EXPECT_EQ(after({paid, shipped}, deliver), (State{paid, delivered}));
    EXPECT_EQ(after({paid, out_for_delivery}, deliver), (State{paid, delivered}));
    EXPECT_FALSE(after({unpaid, placed}, ship));
    EXPECT_FALSE(after({refunded, placed}, ship));
    EXPECT_FALSE(after({paid, shipped}, ship));
    EXPECT_FALSE(after({paid, placed}, send_out));
    EXPECT_FALSE(after({paid, out_for_delivery}, send_out));
    EXPECT_FALSE(after({paid, placed}, deliver));
    EXPECT_FALSE(after({paid, delivered}, deliver));
    for (auto const gone : {shipped, out_for_delivery, delivered}) {
        EXPECT_FALSE(after({paid, gone}, start_processing));
        EXPECT_FALSE(after({unpaid, gone}, reopen));
    }
}

TEST(Transitions, AManualPaymentIsRecordedOnce) {
    EXPECT_EQ(after({unpaid, placed}, record_payment), (State{paid, placed}));
    EXPECT_EQ(after({unpaid, delivered}, record_payment), (State{paid, delivered}));
    EXPECT_EQ(after({refunded, placed}, record_payment), (State{refunded, placed}));
}

TEST(Transitions, WhatIsPaidIsNotPendingAgain) {
    EXPECT_EQ(after({unpaid, processing}, reopen), (State{unpaid, placed}));
    EXPECT_FALSE(after({paid, processing}, reopen));
    EXPECT_FALSE(after({paid, placed}, reopen));
    EXPECT_TRUE(is_pending({}));
    EXPECT_FALSE(is_pending({paid}));
    EXPECT_FALSE(is_pending({unpaid, processing}));
    EXPECT_FALSE(is_pending({unpaid, placed, true}));
}

}  // namespace
}  // namespace cartwright::orders
