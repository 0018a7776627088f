#include "features/wallet/card_number.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace cartwright::wallet {
namespace {

constexpr std::size_t digits_min = 13;
constexpr std::size_t digits_max = 19;
constexpr std::string_view no_break_space = "\u00a0";

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// How many bytes of a separator the text begins with; 0: none.
std::size_t separator(std::string_view text) {
    if (text.starts_with(no_break_space)) return no_break_space.size();
    return std::string_view(" \t\r\n-").contains(text.front()) ? 1 : 0;
}

bool passes_luhn(std::string_view digits) {
    int sum = 0;
    bool twice = false;
    for (auto at = digits.rbegin(); at != digits.rend(); ++at, twice = !twice) {
        int const digit = *at - '0';
        int const doubled = digit > 4 ? 2 * digit - 9 : 2 * digit;
        sum += twice ? doubled : digit;
    }
    return sum % 10 == 0;
}

/// Whether groups in a row are a card number. `starts` are where groups begin, and the end.
bool has_card_number(std::string_view digits, std::vector<std::size_t> const& starts) {
    for (std::size_t first = 0; first + 1 < starts.size(); ++first) {
        for (auto end = first + 1; end < starts.size(); ++end) {
            auto const count = starts[end] - starts[first];
            if (count > digits_max) break;
            if (count >= digits_min && passes_luhn(digits.substr(starts[first], count)))
                return true;
        }
    }
    return false;
}

}  // namespace

bool has_card_number(std::string_view text) {
    while (!text.empty()) {
        if (!is_digit(text.front())) {
            text.remove_prefix(1);
            continue;
        }
        std::string digits;
        std::vector<std::size_t> starts{0};
        while (!text.empty()) {
            if (is_digit(text.front())) {
                digits += text.front();
                text.remove_prefix(1);
            } else if (auto const gap = separator(text)) {
                if (starts.back() != digits.size()) starts.push_back(digits.size());
                text.remove_prefix(gap);
            } else {
                break;
            }
        }
        if (starts.back() != digits.size()) starts.push_back(digits.size());
        if (has_card_number(digits, starts)) return true;
    }
    return false;
}

}  // namespace cartwright::wallet
