#pragma once

#include <optional>

#include "features/payments/payments.hpp"

namespace cartwright::payments {

/// A payment and its order, both locked. A deleted order is nothing.
struct Payments::Locked {
    std::optional<orders::Order> order;
    Payment payment;
};

}  // namespace cartwright::payments
