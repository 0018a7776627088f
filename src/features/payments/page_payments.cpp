#include "features/payments/page_payments.hpp"

#include <utility>

#include "platform/client/client.hpp"
#include "platform/crypto/digest.hpp"
#include "platform/log/log.hpp"

namespace cartwright::payments {
namespace {

NoPage why(BeginRefusal refusal) {
    switch (refusal) {
        case BeginRefusal::unknown_order:
        case BeginRefusal::not_theirs: return NoPage::unknown_order;
        case BeginRefusal::not_pending: return NoPage::not_pending;
        case BeginRefusal::wrong_currency: return NoPage::wrong_currency;
        case BeginRefusal::too_small: return NoPage::too_small;
        case BeginRefusal::not_retryable: return NoPage::not_retryable;
        case BeginRefusal::retries_spent: return NoPage::retries_spent;
    }
    std::unreachable();
}

/// One for all tries of a refund, and within what both gateways take: 34 letters and digits.
std::string refund_reference(Transaction const& refund) {
    constexpr std::size_t digits = 24;
    return std::string(refund_prefix) +
           crypto::sha256_hex(refund.idempotency_key).substr(0, digits);
}

RefundAnswer answer_of(RefundReport const& report) {
    switch (report.standing) {
        case Standing::succeeded: return {MovementState::succeeded, report.id};
        case Standing::failed: return {MovementState::failed, report.id, report.reason};
        case Standing::pending:
        case Standing::unknown: break;
    }
    return {MovementState::pending, report.id};
}

}  // namespace

PagePayments::PagePayments(Payments& payments, Gateway which,
                           std::unique_ptr<PageGateway const> gateway, Clock const& clock,
                           Options options)
    : payments_(payments),
      which_(which),
      gateway_(std::move(gateway)),
      clock_(clock),
      options_(std::move(options)) {
    payments_.use(which, *this);
}

std::expected<Payment, NoPage> PagePayments::open(std::expected<Payment, BeginRefusal> const& begun,
                                                  UserId buyer, ReturnUrls const& urls) {
    if (!begun) return std::unexpected(why(begun.error()));
    if (begun->client_secret) return *begun;
    auto const page = gateway_->open({.reference = begun->reference.value(),
                                      .amount = begun->amount,
                                      .buyer = buyer,
                                      .callback_url = urls.callback,
                                      .return_url = urls.buyer,
                                      .life = options_.life});
    if (page) return payments_.opened(*begun, *begun->reference, *page);
    // Another request for the same page may have come first.
    if (auto const now = payments_.find(begun->id); now && now->client_secret) return *now;
    auto const reason = page.error().code + " " + page.error().message;
    log::warning("payment page refused",
                 {{"payment", begun->id.value}, {"problem", page.error().code}});
    payments_.failed(begun->id, reason, AfterFailure::keep_order);
    return std::unexpected(is_banks_refusal(reason) ? NoPage::declined_by_bank : NoPage::declined);
}

std::expected<Payment, NoPage> PagePayments::begin(OrderId order, audit::Actor const& buyer,
                                                   ReturnUrls const& urls) {
    auto const begun =
        payments_.begin({.order = order, .actor = buyer, .gateway = which_, .life = options_.life});
    return open(begun, buyer.user, urls);
}

std::expected<Payment, NoPage> PagePayments::retry(Payment const& failed, audit::Actor const& buyer,
                                                   ReturnUrls const& urls) {
    bool const expired = failed.expires_at && *failed.expires_at <= clock_.now();
    // Whoever says that it failed may not know yet that it went well.
    if (failed.status == Status::pending && expired)
        settle(failed, gateway_->report(failed.reference.value()), false);
    auto const begun = payments_.begin({.order = failed.order,
                                        .actor = buyer,
                                        .gateway = which_,
                                        .life = options_.life,
                                        .retry_of = failed.id});
    return open(begun, buyer.user, urls);
}

Heard PagePayments::hear(Claim const& claim) {
    if (claim.of_refund) return Heard::taken;  // whoever sent it asks what became of it
    bool const of_another = claim.merchant && *claim.merchant != options_.merchant;
    if (of_another && !options_.merchant.empty()) return Heard::mismatch;
    auto const payment = payments_.find(which_, claim.reference);
    if (!payment) return Heard::unknown_payment;
    if (claim.amount && *claim.amount != payment->amount) return Heard::mismatch;
    bool const is_settled = payment->captured.minor > 0;
    if (is_settled || (claim.failed && payment->status == Status::failed)) return Heard::taken;
    return settle(*payment, gateway_->report(claim.reference), claim.failed);
}

Heard PagePayments::settle(Payment const& payment, Report const& report, bool claimed_failed) {
    if (!report.ours) {
        payments_.review(payment.id, "The gateway's answer is of another merchant or payment.");
        return Heard::mismatch;
    }
    auto const now = clock_.now();
    bool const expired = payment.expires_at && *payment.expires_at <= now;
    auto const fail = [&](std::string_view reason) {
        payments_.failed(payment.id, reason, AfterFailure::keep_order);
        return Heard::taken;
    };
    switch (report.standing) {
        case Standing::succeeded: break;
        case Standing::failed: return fail(report.reason);
        case Standing::unknown:
            if (claimed_failed) return fail(report.reason);
            return expired ? fail("Expired") : Heard::taken;
        case Standing::pending:
            return expired && *payment.expires_at + options_.grace <= now ? fail("Expired")
                                                                          : Heard::taken;
    }
    auto const captured = payments_.captured(
        {.payment = payment.id,
         .amount = report.amount.value_or(Money{-1}),
         .currency = payment.currency,
         .gateway_transaction = report.transaction,
         .payment_type =
             report.type ? std::optional(std::string(to_string(*report.type))) : std::nullopt});
    return captured == Captured::needs_review ? Heard::mismatch : Heard::taken;
}

RefundAnswer PagePayments::refund(Payment const& payment, Transaction const& refund,
                                  std::int64_t attempt) {
    auto const reference = refund_reference(refund);
    auto const of = payment.reference.value();
    auto const report = [&] {
        return gateway_->refund_report(of, reference);
    };
    if (attempt > 1 || refund.gateway_ref) {
        auto const known = report();
        if (known.standing != Standing::unknown) return answer_of(known);
    }
    auto const asked = gateway_->refund({.payment = of,
                                         .transaction = payment.gateway_transaction.value_or(""),
                                         .reference = reference,
                                         .amount = refund.amount});
    if (asked) return answer_of(*asked);
    // It may have been refused because an earlier try went through.
    auto const known = report();
    if (known.standing != Standing::unknown) return answer_of(known);
    return {MovementState::failed, {}, asked.error().code + " " + asked.error().message};
}

void PagePayments::reconcile(Payment const& payment) {
    try {
        settle(payment, gateway_->report(payment.reference.value()), false);
    } catch (client::Unavailable const&) {
        // It is asked about again.
    }
}

}  // namespace cartwright::payments
