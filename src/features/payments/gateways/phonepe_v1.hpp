#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "features/payments/gateways/page_gateway.hpp"
#include "features/payments/gateways/phonepe_signature.hpp"

namespace cartwright::payments::phonepe {

struct V1Options {
    std::string api_base = "https://api.phonepe.com/apis/hermes";
    std::string merchant;
    std::vector<SaltKey> salts;                 ///< the first signs
    std::chrono::milliseconds timeout{15'000};  ///< for a call with all its attempts
    int attempts_max = 2;                       ///< of a call that may be repeated
};

/// PhonePe's first API: base64 of JSON, signed with a salt key. What counts is `code`: `success` is
/// also true of what is pending. Source: gateways §3.1.
class V1 final : public PageGateway {
public:
    /// Throws `std::invalid_argument` where there is no salt key.
    explicit V1(V1Options options);

    std::expected<std::string, Declined> open(Checkout const& checkout) const override;
    Report report(std::string_view reference) const override;
    std::expected<RefundReport, Declined> refund(Refunding const& wanted) const override;
    RefundReport refund_report(std::string_view payment, std::string_view reference) const override;

private:
    std::string post(std::string const& path, std::string const& body) const;
    std::string status(std::string_view reference) const;

    V1Options options_;
};

}  // namespace cartwright::payments::phonepe
