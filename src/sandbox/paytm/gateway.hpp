#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "features/payments/gateways/paytm_checksum.hpp"
#include "platform/http/router.hpp"
#include "sandbox/front.hpp"
#include "sandbox/paytm/merchant.hpp"
#include "sandbox/webhooks.hpp"

namespace cartwright::sandbox::paytm {

struct Options {
    std::string mid = "CARTWR00000000000001";
    std::string key = "Cartwright_Key16";
    std::size_t orders_max = 10'000;
};

/// Paytm's API and its pay page. Source: gateways §2.
class Gateway {
public:
    Gateway(Options options, Clock const& clock, Front& front, Webhooks& webhooks);

    void mount(http::Router& router);
    void forget() { merchant_.forget(); }

private:
    using Operation =
        std::function<Verdict(Merchant&, boost::json::object const& body, std::string_view raw)>;
    void add(http::Router& router, std::string_view path, std::string_view summary,
             Operation operation);
    http::Response answer(http::Call const& call, Operation const& operation);
    http::Response signed_answer(Verdict const& verdict) const;
    http::Response show_page(http::Call const& call);
    http::Response decide(http::Call const& call);

    Options options_;
    Clock const& clock_;
    Front& front_;
    Webhooks& webhooks_;
    payments::paytm::Checksum checksum_;
    Merchant merchant_;
};

}  // namespace cartwright::sandbox::paytm
