#include "base/random.hpp"

#include <sys/random.h>

#include <vector>

#include "base/check.hpp"

namespace cartwright {

std::string random_hex(std::size_t bytes) {
    constexpr std::size_t getrandom_never_short = 256;  // getrandom(2): up to 256 bytes come whole
    check(bytes <= getrandom_never_short, "random request is small");
    std::vector<unsigned char> raw(bytes);
    auto const got = ::getrandom(raw.data(), raw.size(), 0);
    check(got == static_cast<ssize_t>(bytes), "the kernel gives random bytes");
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    hex.reserve(bytes * 2);
    for (auto const byte : raw) {
        hex.push_back(digits[byte >> 4U]);
        hex.push_back(digits[byte & 15U]);
    }
    return hex;
}

}  // namespace cartwright
