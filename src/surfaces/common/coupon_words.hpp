#pragma once

#include <string_view>

#include "features/coupons/coupons.hpp"

namespace cartwright::common {

/// Why a coupon does not apply, in a sentence for its field.
std::string_view coupon_words(coupons::Refusal refusal);

}  // namespace cartwright::common
