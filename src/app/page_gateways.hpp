#pragma once

#include <memory>

#include "base/time.hpp"
#include "features/payments/page_payments.hpp"
#include "platform/config/settings.hpp"
#include "surfaces/customer/payments.hpp"

namespace cartwright::app {

/// Paytm and PhonePe as the settings have them: what talks to them, and what checks what they say.
class PageGateways {
public:
    /// Throws `config::Invalid` for keys that cannot be used.
    PageGateways(config::Settings const& settings, payments::Payments& payments,
                 Clock const& clock);

    customer::PaytmSide const& paytm() const { return paytm_; }
    customer::PhonePeSide const& phonepe() const { return phonepe_; }

private:
    std::unique_ptr<payments::PagePayments> paytm_pages_;
    std::unique_ptr<payments::PagePayments> phonepe_pages_;
    customer::PaytmSide paytm_;
    customer::PhonePeSide phonepe_;
};

}  // namespace cartwright::app
