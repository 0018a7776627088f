#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/time.hpp"
#include "features/payments/gateways/page_gateway.hpp"

namespace cartwright::payments::phonepe {

struct V2Options {
    std::string api_base = "https://api.phonepe.com/apis/pg";
    std::string token_base = "https://api.phonepe.com/apis/identity-manager";
    std::string client_id;
    std::string client_secret;
    std::string client_version = "1";
    std::chrono::milliseconds timeout{15'000};  ///< for a call with all its attempts
    int attempts_max = 2;                       ///< of a call that may be repeated
};

/// PhonePe's second API, "standard checkout": JSON with an OAuth token, which is kept in memory and
/// fetched anew when half of its life is over, by one caller while the others use the old one.
/// Source: gateways §3.2.
class V2 final : public PageGateway {
public:
    V2(V2Options options, Clock const& clock);
    ~V2() override;

    std::expected<std::string, Declined> open(Checkout const& checkout) const override;
    Report report(std::string_view reference) const override;
    std::expected<RefundReport, Declined> refund(Refunding const& wanted) const override;
    RefundReport refund_report(std::string_view payment, std::string_view reference) const override;

private:
    class Tokens;
    struct Answer;
    Answer call(std::string_view method, std::string const& path, std::string const& body) const;

    V2Options options_;
    std::unique_ptr<Tokens> tokens_;
};

}  // namespace cartwright::payments::phonepe
