#include "surfaces/common/coupon_words.hpp"

#include <utility>

namespace cartwright::common {

std::string_view coupon_words(coupons::Refusal refusal) {
    switch (refusal) {
        case coupons::Refusal::unknown: return "This coupon does not exist.";
        case coupons::Refusal::inactive: return "This coupon is not active.";
        case coupons::Refusal::not_yet_valid: return "This coupon is not valid yet.";
        case coupons::Refusal::expired: return "This coupon has expired.";
        case coupons::Refusal::subtotal_too_small:
            return "The subtotal is below this coupon's minimum.";
        case coupons::Refusal::used_up: return "This coupon has been used up.";
        case coupons::Refusal::used_up_by_user: return "You have used this coupon already.";
    }
    std::unreachable();
}

}  // namespace cartwright::common
