#include "sandbox/paytm/merchant.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.hpp"
#include "base/text.hpp"
#include "sandbox/json_members.hpp"
#include "sandbox/pay_page.hpp"

namespace cartwright::sandbox::paytm {
namespace {

constexpr std::size_t id_max = 50, token_bytes = 16, transaction_bytes = 12;

bool is_id(std::string_view id) {
    return !id.empty() && id.size() <= id_max && std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '@' || c == '-';
    });
}

Verdict failed(std::string code, std::string message) {
    return {"TXN_FAILURE", std::move(code), std::move(message)};
}

Verdict verdict_on(std::optional<Outcome> outcome) {
    if (outcome == Outcome::success) return {"TXN_SUCCESS", "01", "Txn Success"};
    if (outcome == Outcome::failure)
        return failed("401", "Your payment has been declined by your bank.");
    return {"PENDING", "402", "Looks like the payment is not complete."};
}

/// "yyyy-MM-dd HH:mm:ss.0", Indian time.
std::string indian_time(Instant at) {
    constexpr std::chrono::minutes ahead{330};
    auto iso = to_iso(at + ahead);
    std::ranges::replace(iso, 'T', ' ');
    std::ranges::replace(iso, 'Z', '.');
    return iso + "0";
}

}  // namespace

std::optional<std::int64_t> to_paise(std::string_view amount) {
    constexpr std::size_t places = 3;  // with the point
    if (amount.size() <= places || amount[amount.size() - places] != '.') return std::nullopt;
    std::string digits(amount);
    digits.erase(digits.size() - places, 1);
    if (digits.starts_with('-')) return std::nullopt;
    return cartwright::text::to_int(digits);
}

Merchant::Merchant(std::string mid, Clock const& clock, std::size_t orders_max)
    : mid_(std::move(mid)), clock_(clock), orders_(orders_max) {}

Verdict Merchant::initiate(boost::json::object const& body, std::string_view raw) {
    auto const refused = [](std::string message) {
        return Verdict{"F", "1006", std::move(message)};
    };
    auto const& amount = inner(body, "txnAmount");
    auto const paise = to_paise(text(amount, "value"));
    auto const id = std::string(text(body, "orderId"));
    if (text(body, "mid") != mid_) return {"F", "1001", "Merchant does not exist"};
    if (text(body, "requestType") != "Payment") return refused("requestType must be Payment");
    if (!is_id(id)) return refused("orderId is not valid");
    if (!paise || *paise < 1) return refused("txnAmount.value is not valid");
    if (text(amount, "currency") != "INR") return refused("txnAmount.currency is not valid");
    for (std::string_view const name : {"websiteName", "callbackUrl"})
        if (text(body, name).empty()) return refused(fmt::format("{} is required", name));
    if (text(inner(body, "userInfo"), "custId").empty())
        return refused("userInfo.custId is required");
    std::lock_guard const lock(mutex_);
    auto const* order = orders_.find(id);
    if (order != nullptr && order->request != raw) return {"F", "325", "Duplicate order id"};
    if (order == nullptr)
        order = &orders_.add(id, {.id = id,
                                  .request = std::string(raw),
                                  .paise = *paise,
                                  .callback_url = std::string(text(body, "callbackUrl")),
                                  .token = random_hex(token_bytes)});
    return {"S",
            "0000",
            "Success",
            {{"txnToken", order->token}, {"isPromoCodeValid", false}, {"authenticated", false}}};
}

Verdict Merchant::status(boost::json::object const& body) {
    std::lock_guard const lock(mutex_);
    auto const* const order = orders_.find(text(body, "orderId"));
    if (text(body, "mid") != mid_ || order == nullptr) return failed("334", "Invalid Order ID");
    auto verdict = verdict_on(order->outcome);
    verdict.rest = {{"orderId", order->id},
                    {"mid", mid_},
                    {"txnAmount", with_two_places(order->paise)},
                    {"txnType", "SALE"},
                    {"refundAmt", with_two_places(order->refunded)}};
    if (!order->outcome) return verdict;
    verdict.rest["txnId"] = order->transaction_id;
    verdict.rest["bankTxnId"] = order->bank_id;
    verdict.rest["gatewayName"] = "SANDBOX";
    verdict.rest["bankName"] = "";
    verdict.rest["paymentMode"] = order->mode;
    verdict.rest["txnDate"] = indian_time(order->paid_at);
    return verdict;
}

Verdict Merchant::refund(boost::json::object const& body) {
    std::lock_guard const lock(mutex_);
    auto* const order = orders_.find(text(body, "orderId"));
    auto const amount = to_paise(text(body, "refundAmount"));
    auto const reference = text(body, "refId");
    if (text(body, "mid") != mid_ || order == nullptr) return failed("334", "Invalid Order ID");
    if (text(body, "txnType") != "REFUND") return failed("600", "txnType must be REFUND");
    if (order->outcome != Outcome::success || text(body, "txnId") != order->transaction_id)
        return failed("600", "There is no such transaction to refund");
    if (!is_id(reference) || order->refunds.contains(reference))
        return failed("619", "Invalid refId or duplicate refund request");
    if (!amount || *amount < 1 || order->refunded + *amount > order->paise)
        return failed("628", "Refund amount is greater than what is left");
    if (order->refunds.size() >= refunds_max) return failed("600", "Too many refunds");
    order->refunds.emplace(reference, *amount);
    order->refunded += *amount;
    return {"PENDING",
            "601",
            "Refund request was raised for this transaction. But it is pending state",
            {{"mid", mid_},
             {"orderId", order->id},
             {"txnId", order->transaction_id},
             {"refId", reference},
             {"refundId", "REFUND" + std::string(reference)},
             {"refundAmount", with_two_places(*amount)}}};
}

Verdict Merchant::refund_status(boost::json::object const& body) {
    std::lock_guard const lock(mutex_);
    auto const* const order = orders_.find(text(body, "orderId"));
    if (text(body, "mid") != mid_ || order == nullptr) return failed("334", "Invalid Order ID");
    auto const found = order->refunds.find(text(body, "refId"));
    if (found == order->refunds.end()) return failed("631", "Record not found");
    return {"TXN_SUCCESS",
            "10",
            "Refund Successfull",
            {{"mid", mid_},
             {"orderId", order->id},
             {"txnId", order->transaction_id},
             {"refId", found->first},
             {"refundId", "REFUND" + found->first},
             {"txnAmount", with_two_places(order->paise)},
             {"refundAmount", with_two_places(found->second)},
             {"totalRefundAmount", with_two_places(order->refunded)}}};
}

std::optional<Order> Merchant::find(std::string_view id) {
    std::lock_guard const lock(mutex_);
    auto const* const order = orders_.find(id);
    return order == nullptr ? std::nullopt : std::optional(*order);
}

std::optional<Order> Merchant::decide(std::string_view id, Outcome outcome, std::string_view mode) {
    std::lock_guard const lock(mutex_);
    auto* const order = orders_.find(id);
    if (order == nullptr || (order->outcome && order->outcome != Outcome::pending))
        return std::nullopt;
    if (order->transaction_id.empty()) {
        order->transaction_id = random_hex(transaction_bytes);
        order->bank_id = random_hex(transaction_bytes / 2);
    }
    order->outcome = outcome;
    order->mode = mode;
    order->paid_at = clock_.now();
    return *order;
}

std::vector<std::pair<std::string, std::string>> callback_fields(Order const& order,
                                                                 std::string_view mid) {
    auto const verdict = verdict_on(order.outcome);
    return {{"MID", std::string(mid)},
            {"ORDERID", order.id},
            {"TXNID", order.transaction_id},
            {"TXNAMOUNT", with_two_places(order.paise)},
            {"PAYMENTMODE", order.mode},
            {"CURRENCY", "INR"},
            {"TXNDATE", indian_time(order.paid_at)},
            {"STATUS", verdict.status},
            {"RESPCODE", verdict.code},
            {"RESPMSG", verdict.message},
            {"GATEWAYNAME", "SANDBOX"},
            {"BANKTXNID", order.bank_id},
            {"BANKNAME", ""}};
}

void Merchant::forget() {
    std::lock_guard const lock(mutex_);
    orders_.clear();
}

}  // namespace cartwright::sandbox::paytm
