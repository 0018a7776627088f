#pragma once

#include <chrono>
#include <string>

#include "features/payments/gateways/page_gateway.hpp"
#include "features/payments/gateways/paytm_checksum.hpp"

namespace cartwright::payments::paytm {

struct Options {
    std::string api_base = "https://secure.paytmpayments.com";
    std::string merchant;                       ///< the MID
    std::string key;                            ///< of 16 bytes
    std::string website = "DEFAULT";            ///< as Paytm's dashboard names it
    std::chrono::milliseconds timeout{15'000};  ///< for a call with all its attempts
    int attempts_max = 2;                       ///< of a call that may be repeated
};

/// Paytm's payment page and its API of JSON bodies, each signed over the very bytes that are sent.
/// Answers carry 200 whatever they say; what counts is their `resultStatus`, never a result code,
/// for Paytm's own documents disagree on these. Source: gateways §2.
class Paytm final : public PageGateway {
public:
    /// Throws `std::invalid_argument` for a key that is none.
    explicit Paytm(Options options);

    std::expected<std::string, Declined> open(Checkout const& checkout) const override;
    Report report(std::string_view reference) const override;
    std::expected<RefundReport, Declined> refund(Refunding const& wanted) const override;
    RefundReport refund_report(std::string_view payment, std::string_view reference) const override;

    Checksum const& checksum() const { return checksum_; }
    std::string const& merchant() const { return options_.merchant; }

private:
    std::string call(std::string const& path, std::string const& body, bool repeatable) const;

    Options options_;
    Checksum checksum_;
};

}  // namespace cartwright::payments::paytm
