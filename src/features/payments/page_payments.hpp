#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "features/payments/gateways/callback.hpp"
#include "features/payments/gateways/page_gateway.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::payments {

/// Where the gateway reports to, and sends the buyer back to.
struct ReturnUrls {
    std::string callback;
    std::string buyer;
};

/// Why there is no page to pay on.
enum class NoPage {
    unknown_order,  ///< or payment, or somebody else's
    not_pending,    ///< the order is paid, cancelled or on its way
    wrong_currency,
    too_small,      ///< the order's total is below what the gateway takes
    not_retryable,  ///< the payment is neither failed nor expired
    retries_spent,
    declined,         ///< by the gateway
    declined_by_bank  ///< as for want of money
};

/// What a gateway's message led to.
enum class Heard {
    taken,            ///< the payment is as the gateway says, and was perhaps before
    unknown_payment,  ///< it names none of ours
    mismatch  ///< merchant, reference or amount are not the payment's: nothing was completed
};

/// Payments by one gateway on whose own page the buyer pays. What its messages claim is believed
/// only where the gateway, asked, says the same of the same merchant, payment and amount. Any
/// thread; each call waits for the network.
///
/// Throws `client::Unavailable` where the gateway gave no answer: nothing is half done then, and
/// the reconciliation settles what it did.
class PagePayments final : public GatewayModule {
public:
    struct Options {
        std::string merchant;                 ///< as its messages name us; empty: not at all
        std::chrono::seconds life{900};       ///< of a page
        std::chrono::seconds grace{30 * 60};  ///< a payment still pending so long after is failed
        bool test_mode = false;               ///< no money moves
    };

    PagePayments(Payments& payments, Gateway which, std::unique_ptr<PageGateway const> gateway,
                 Clock const& clock, Options options);

    /// Opens a page for an order, or returns the one that is open. The payment's `client_secret` is
    /// what the buyer's app opens it with.
    std::expected<Payment, NoPage> begin(OrderId order, audit::Actor const& buyer,
                                         ReturnUrls const& urls);

    /// Opens a page for what failed or expired: a payment of its own.
    std::expected<Payment, NoPage> retry(Payment const& failed, audit::Actor const& buyer,
                                         ReturnUrls const& urls);

    /// A message of the gateway, whose signature was right.
    Heard hear(Claim const& claim);

    RefundAnswer refund(Payment const& payment, Transaction const& refund,
                        std::int64_t attempt) override;
    void reconcile(Payment const& payment) override;

    Options const& options() const { return options_; }

private:
    std::expected<Payment, NoPage> open(std::expected<Payment, BeginRefusal> const& begun,
                                        UserId buyer, ReturnUrls const& urls);
    Heard settle(Payment const& payment, Report const& report, bool claimed_failed);

    Payments& payments_;
    Gateway which_;
    std::unique_ptr<PageGateway const> gateway_;
    Clock const& clock_;
    Options options_;
};

}  // namespace cartwright::payments
