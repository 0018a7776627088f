#include "surfaces/mails/order_mails.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace cartwright::mails {
namespace {

using orders::Order;

/// A longer order's mail names the rest by its number.
constexpr std::size_t items_shown_max = 50;

/// "$1999.98"; "CHF 12.00" where the sign is not known to all.
std::string priced(Money amount, std::string_view currency) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> signs{
        {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}, {"INR", "₹"}}};
    for (auto const& [code, sign] : signs)
        if (code == currency) return fmt::format("{}{}", sign, to_decimal(amount));
    return fmt::format("{} {}", currency, to_decimal(amount));
}

std::vector<Row> goods_and_total(Order const& order) {
    std::vector<Row> rows;
    for (auto const& item : order.items) {
        if (rows.size() == items_shown_max) {
            rows.push_back({fmt::format("and {} more", order.items.size() - rows.size()), ""});
            break;
        }
        auto const variant = item.variant.empty() ? "" : fmt::format(" ({})", item.variant);
        rows.push_back({fmt::format("{} × {}{}", item.quantity, item.name, variant),
                        priced(item.amount(), order.currency)});
    }
    auto const& totals = order.totals;
    auto const add = [&](std::string_view label, Money amount) {
        if (amount != Money{}) rows.push_back({std::string(label), priced(amount, order.currency)});
    };
    if (totals.total != totals.subtotal) add("Subtotal", totals.subtotal);
    add("Tax", totals.tax);
    add("Shipping", totals.shipping);
    add("Discount", Money{} - totals.discount);
    rows.push_back({"Total", priced(totals.total, order.currency), true});
    return rows;
}

/// What every mail about an order has.
Letter about(Order const& order, identity::User const& buyer, common::App const& app) {
    auto const what = fmt::format("orders/{}", order.id.value);
    return {.subject = {},
            .heading = {},
            .paragraphs = {buyer.first_name.empty() ? "Hello,"
                                                    : fmt::format("Hello {},", buyer.first_name)},
            .code = {},
            .code_note = {},
            .rows = goods_and_total(order),
            .buttons = {{fmt::format("Open in {} App", app.brand), common::intent_link(app, what)}},
            .app_link = common::deep_link(app, what),
            .note = fmt::format("You get this mail because you ordered at {}.", app.brand)};
}

struct Parts {
    Order const& order;
    identity::User const& buyer;
    common::App const& app;
    std::string number;
    std::string_view payload;
};

Letter placed(Parts const& parts) {
    auto letter = about(parts.order, parts.buyer, parts.app);
    letter.subject = fmt::format("Your order {}", parts.number);
    letter.heading = "Thank you for your order";
    letter.paragraphs.push_back(
        fmt::format("we have your order {}. Here is what you ordered.", parts.number));
    return letter;
}

Letter shipped(Parts const& parts) {
    auto letter = about(parts.order, parts.buyer, parts.app);
    auto const& order = parts.order;
    letter.subject = fmt::format("Your order {} is on its way", parts.number);
    letter.heading = "Your order is on its way";
    letter.paragraphs.push_back(fmt::format("we have handed your order {} to {}.", parts.number,
                                            order.carrier_name.value_or("the carrier")));
    if (order.tracking_number)
        letter.paragraphs.push_back(fmt::format("Tracking number: {}", *order.tracking_number));
    return letter;
}

Letter cancelled(Parts const& parts) {
    auto letter = about(parts.order, parts.buyer, parts.app);
    letter.subject = fmt::format("Your order {} is cancelled", parts.number);
    letter.heading = "Your order is cancelled";
    letter.paragraphs.push_back(
        parts.order.payment == orders::PaymentState::unpaid
            ? fmt::format("your order {} is cancelled. You owe nothing for it.", parts.number)
            : fmt::format("your order {} is cancelled. What you paid for it goes back to you.",
                          parts.number));
    return letter;
}

Letter refunded(Parts const& parts) {
    auto letter = about(parts.order, parts.buyer, parts.app);
    auto const amount = text::to_int(parts.payload);
    letter.subject = fmt::format("Refund for your order {}", parts.number);
    letter.heading = "Your refund";
    letter.paragraphs.push_back(fmt::format(
        "we have given {} back to you for your order {}. It may take your bank some days to show "
        "it.",
        amount ? priced(Money{*amount}, parts.order.currency) : "your money", parts.number));
    return letter;
}

}  // namespace

void handle_order_mails(jobs::Outbox& outbox, orders::Orders& orders, identity::Identity& identity,
                        Post const& post) {
    auto const handle = [&](std::string_view topic, Letter (*write)(Parts const&)) {
        outbox.on(topic, [&orders, &identity, post, write](jobs::OutboxItem const& item,
                                                           std::string& problem) {
            auto const shown = orders.find(OrderId{item.subject_id});
            if (!shown) return jobs::Handled::done;  // deleted meanwhile
            auto const buyer = identity.find(shown->order.user);
            if (!buyer || buyer->is_deleted) return jobs::Handled::done;
            auto const& order = shown->order;
            // Paid too late, and taken up again: there is nothing to tell of its cancellation.
            if (item.topic == orders::cancelled_topic && !order.cancelled_at)
                return jobs::Handled::done;
            Parts const parts{order, *buyer, post.app,
                              orders::order_number(order.id, order.created_at, order.surface),
                              item.payload};
            return send(post, buyer->email, write(parts), fmt::format("order-{}", item.id),
                        problem);
        });
    };
    handle(orders::placed_topic, placed);
    handle(orders::shipped_topic, shipped);
    handle(orders::cancelled_topic, cancelled);
    handle(orders::refunded_topic, refunded);
}

}  // namespace cartwright::mails
