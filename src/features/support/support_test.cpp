#include "features/support/support.hpp"

#include <algorithm>
#include <atomic>

#include "features/orders/test_shop.hpp"

namespace cartwright::support {
namespace {

constexpr std::int64_t rivals = 64;
constexpr UserId ann{1};
constexpr UserId bob{2};
audit::Actor const admin{bob, true};

Question question(std::string subject = "Late") {
    return {.subject = std::move(subject),
            .description = "Where is it?",
            .category = "delivery",
            .priority = Priority::high};
}

class SupportTickets : public testing::TestWithParam<db::Engine> {
protected:
    TicketId open(UserId user = ann, Question const& asked = question()) {
        return support.open(user, asked)->id;
    }
    std::vector<std::string> subjects(Filter const& filter, Ordering ordering) {
        std::vector<std::string> found;
        for (auto const& ticket : support.list(filter, ordering, 0, 100))
            found.push_back(ticket.question.subject);
        return found;
    }
    std::int64_t audited() { return shop.number("SELECT count(*) FROM audit_log"); }

    orders::TestShop shop{GetParam(), rivals};
    Support support{
        *shop.database, shop.orders, shop.clock, {.per_user_max = 4, .messages_max = 30}};
};

INSTANTIATE_TEST_SUITE_P(Engines, SupportTickets, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(SupportTickets, BeginWithTheirDescription) {
    auto const ticket = *support.open(ann, question());
    EXPECT_EQ(ticket.status, Status::open);
    ASSERT_EQ(ticket.messages.size(), 1U);
    EXPECT_EQ(ticket.messages.front().what.text, "Where is it?");
    EXPECT_FALSE(ticket.messages.front().by_staff);
    auto const found = support.find(ticket.id, ann);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->question.subject, "Late");
    EXPECT_EQ(found->question.category, "delivery");
    EXPECT_EQ(found->question.priority, Priority::high);
    EXPECT_FALSE(found->question.order);
    EXPECT_EQ(found->created_at, shop.clock.now());
}

TEST_P(SupportTickets, AreAboutOnesOwnOrdersOnly) {
    auto const product = shop.product(10);
    auto const order =
        shop.orders.place(shop.purchase(ann), {{orders::Wanted{product, 1}}}).value().order.id;
    auto about = question();
    about.order = order;
    EXPECT_EQ(support.find(open(ann, about), ann)->question.order, order);
    EXPECT_EQ(support.open(bob, about).error(), Refusal::unknown_order);
    about.order = OrderId{999};
    EXPECT_EQ(support.open(ann, about).error(), Refusal::unknown_order);
    EXPECT_EQ(support.count({}), 1);
}

TEST_P(SupportTickets, AreTheirOwners) {
    auto const id = open();
    EXPECT_FALSE(support.find(id, bob));
    EXPECT_TRUE(support.find(id, std::nullopt));
    EXPECT_EQ(support.write(bob, id, {"Mine?"}).error(), Refusal::unknown);
    EXPECT_EQ(support.write(ann, TicketId{999}, {"Lost"}).error(), Refusal::unknown);
    EXPECT_EQ(support.find(id, ann)->messages.size(), 1U);
}

TEST_P(SupportTickets, HoldAConversationInItsOrder) {
    auto const id = open();
    auto const answer = support.answer(id, {"On its way.", "https://shop.example/x"}, admin);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->by_staff);
    EXPECT_TRUE(support.write(ann, id, {"Thanks."}));
    auto const ticket = *support.find(id, ann);
    ASSERT_EQ(ticket.messages.size(), 3U);
    EXPECT_EQ(ticket.message_count, 3);
    EXPECT_EQ(ticket.messages[1].what.attachment_url, "https://shop.example/x");
    EXPECT_EQ(ticket.messages[2].what.text, "Thanks.");
    EXPECT_FALSE(ticket.messages[2].what.attachment_url);
    EXPECT_EQ(ticket.status, Status::open);
    EXPECT_EQ(audited(), 1);
}

TEST_P(SupportTickets, TakeNoMessagesWhenClosed) {
    auto const id = open();
    EXPECT_EQ(support.set_status(id, Status::closed, admin)->status, Status::closed);
    EXPECT_EQ(support.set_status(id, Status::closed, admin)->messages.size(), 1U);
    EXPECT_EQ(audited(), 1);
    EXPECT_EQ(support.write(ann, id, {"But"}).error(), Refusal::closed);
    EXPECT_EQ(support.answer(id, {"No"}, admin).error(), Refusal::closed);
    EXPECT_TRUE(support.set_status(id, Status::resolved, admin));
    EXPECT_TRUE(support.write(ann, id, {"So"}));
    EXPECT_EQ(support.find(id, ann)->status, Status::resolved);
    EXPECT_EQ(support.set_status(TicketId{999}, Status::open, admin).error(), Refusal::unknown);
    EXPECT_EQ(audited(), 2);
}

TEST_P(SupportTickets, AreFilteredAndOrdered) {
    auto low = question("Low");
    low.priority = Priority::low;
    low.category = "payment";
    open(ann, question("First"));
    auto const resolved = open(ann, low);
    open(bob, question("His"));
    support.set_status(resolved, Status::resolved, admin);
    using Subjects = std::vector<std::string>;
    EXPECT_EQ(subjects({.user = ann}, {Column::created_at, true}), (Subjects{"Low", "First"}));
    EXPECT_EQ(subjects({}, {Column::priority, false}), (Subjects{"Low", "First", "His"}));
    EXPECT_EQ(subjects({}, {Column::status, true}), (Subjects{"Low", "His", "First"}));
    EXPECT_EQ(subjects({.status = Status::open}, {}), (Subjects{"First", "His"}));
    EXPECT_EQ(subjects({.priority = Priority::low}, {}), (Subjects{"Low"}));
    EXPECT_EQ(subjects({.category = "payment"}, {}), (Subjects{"Low"}));
    EXPECT_EQ(support.count({.user = ann, .status = Status::open}), 1);
    EXPECT_EQ(subjects({}, {Column::user, true}), (Subjects{"His", "Low", "First"}));
    for (auto by : {Column::id, Column::subject, Column::description, Column::category,
                    Column::order, Column::updated_at})
        EXPECT_EQ(subjects({}, {by, false}).size(), 3U);
}

TEST_P(SupportTickets, ShowTheNewestMessagesInAList) {
    auto const id = open();
    open();
    for (auto i = 2; i <= 25; ++i) support.write(ann, id, {std::to_string(i)});
    auto const listed = support.list({.user = ann}, {}, 0, 2);
    ASSERT_EQ(listed.size(), 2U);
    ASSERT_EQ(listed[0].messages.size(), 20U);
    EXPECT_EQ(listed[0].messages.front().what.text, "6");
    EXPECT_EQ(listed[0].messages.back().what.text, "25");
    EXPECT_EQ(listed[1].messages.size(), 1U);
    EXPECT_EQ(support.list({.user = ann}, {}, 1, 1).front().messages.size(), 1U);
    EXPECT_EQ(support.export_of(ann).back().messages.size(), 25U);
}

TEST_P(SupportTickets, AreBounded) {
    for (auto i = 0; i < 4; ++i) open();
    EXPECT_EQ(support.open(ann, question()).error(), Refusal::too_many_tickets);
    auto const id = open(bob);
    std::atomic<int> written = 0;
    orders::race(rivals, [&](std::int64_t) {
        if (support.write(bob, id, {"again"})) ++written;
    });
    EXPECT_EQ(written, 29);
    EXPECT_EQ(support.find(id, bob)->messages.size(), 30U);
    EXPECT_EQ(support.answer(id, {"Enough"}, admin).error(), Refusal::too_many_messages);
}

TEST_P(SupportTickets, GoWithTheirOwner) {
    auto const id = open();
    support.answer(id, {"Dear Ann"}, admin);
    open(bob);
    support.forget(ann);
    EXPECT_FALSE(support.find(id, std::nullopt));
    EXPECT_EQ(support.count({}), 1);
    EXPECT_EQ(shop.number("SELECT count(*) FROM ticket_messages"), 1);
}

}  // namespace
}  // namespace cartwright::support
