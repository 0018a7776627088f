#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "platform/http/router.hpp"
#include "sandbox/front.hpp"
#include "sandbox/hubspot/crm.hpp"

namespace cartwright::sandbox::hubspot {

struct Options {
    std::string token;                 ///< the only one taken; empty: any
    std::size_t objects_max = 10'000;  ///< of each type
};

/// HubSpot's CRM API under /crm/. Source: gateways §4.
class Gateway {
public:
    Gateway(Options options, Clock const& clock, Front& front);

    void mount(http::Router& router);
    void forget() { crm_.forget(); }

private:
    using Operation = std::function<Result(Crm&, http::Call const&)>;
    void add(http::Router& router, http::Method method, std::string_view path,
             std::string_view summary, Operation operation);
    void mount_objects(http::Router& router);
    void mount_batches(http::Router& router);
    http::Response answer(http::Call const& call, Operation const& operation);

    Options options_;
    Front& front_;
    Crm crm_;
};

}  // namespace cartwright::sandbox::hubspot
