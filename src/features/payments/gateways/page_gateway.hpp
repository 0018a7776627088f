#pragma once

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.hpp"
#include "base/money.hpp"

/// Gateways on whose own page the buyer pays: what Paytm and PhonePe have in common, so that a
/// payment need not know which of them it goes through. Source: gateways §2, §3, §6.
namespace cartwright::payments {

/// How somebody paid, as the gateway says. Source: contract §7.
enum class PaymentType { upi, card, netbanking, wallet };

/// "UPI", "CARD", "NETBANKING", "WALLET".
std::string_view to_string(PaymentType type);

/// What a gateway's word means ("UPI", "CC", "DC", "NB", "PPI", "NET_BANKING", "UPI_INTENT" …);
/// nothing for one that it has not had so far.
std::optional<PaymentType> payment_type(std::string_view gateways_word);

/// What a buyer is to pay on a gateway's page.
struct Checkout {
    /// Ours, new for each attempt, for ever: letters, digits and '_'; at most 34 (PhonePe).
    std::string reference;
    Money amount;  ///< paise
    UserId buyer;
    std::string callback_url;      ///< where the gateway says what became of it
    std::string return_url;        ///< where it sends the buyer back to
    std::chrono::seconds life{0};  ///< after which the page need not be good any more
};

/// Where a payment or a refund stands, as the gateway says. A payment that nobody has begun on the
/// page is `unknown`: the gateway may deny knowing it, and it may still come.
enum class Standing { pending, succeeded, failed, unknown };

/// What a gateway answers when it is asked for a payment.
struct Report {
    Standing standing = Standing::pending;
    /// Whether merchant and reference are those asked for: else it is about somebody else's.
    bool ours = false;
    std::string transaction;               ///< the gateway's id; may be empty
    std::optional<Money> amount;           ///< nothing where the answer has none that can be read
    std::optional<PaymentType> type = {};  ///< nothing where it does not say, or in a new word
    std::string reason = {};               ///< its words for a failure; may be empty
};

/// How our references of refunds begin, and those of payments do not.
inline constexpr std::string_view refund_prefix = "RFD_";

/// What is to be given back of a payment.
struct Refunding {
    std::string payment;      ///< our reference of the payment
    std::string transaction;  ///< the gateway's id of it
    std::string
        reference;  ///< ours of the refund, one for all tries: a second one is a second refund
    Money amount;
};

struct RefundReport {
    Standing standing = Standing::pending;
    std::string id = {};      ///< the gateway's; may be empty
    std::string reason = {};  ///< its words for a failure; may be empty
};

/// The gateway understood and said no. Its words are for the log and an admin.
struct Declined {
    std::string code;
    std::string message;
};

/// Whether these words say that the buyer's bank refused, as for want of money. Only words for the
/// buyer depend on it: gateways use their codes in too many ways. Source: contract §7 (PAY_003).
bool is_banks_refusal(std::string_view reason);

/// One merchant's account at a gateway. Any thread, but only a gateway lane's or a job's, outside
/// any transaction: each call waits for the network.
///
/// Every call throws `client::Unavailable` where no answer came that can be trusted; what was asked
/// may have been done then, and the reports find out.
class PageGateway {
public:
    virtual ~PageGateway() = default;

    /// Opens a page for a payment. Returns what the buyer's app opens it with: Paytm's token,
    /// PhonePe's URL.
    virtual std::expected<std::string, Declined> open(Checkout const& checkout) const = 0;

    /// Asks what became of a payment.
    virtual Report report(std::string_view reference) const = 0;

    /// Asks for money to go back. Sent once: whoever got no answer asks `refund_report` first.
    virtual std::expected<RefundReport, Declined> refund(Refunding const& wanted) const = 0;

    /// Asks what became of a refund.
    virtual RefundReport refund_report(std::string_view payment,
                                       std::string_view reference) const = 0;
};

}  // namespace cartwright::payments
