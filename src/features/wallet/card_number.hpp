#pragma once

#include <string_view>

namespace cartwright::wallet {

/// Whether a full card number stands in the text: 13 to 19 digits with a right check digit (ISO/IEC
/// 7812-1, annex B), which white space and dashes may part into groups. The groups around it may be
/// something else ("4242 4242 4242 4242 12/29"); a longer run of digits is no card number.
bool has_card_number(std::string_view text);

}  // namespace cartwright::wallet
