#pragma once

#include <cstddef>
#include <string>

namespace cartwright {

/// `bytes` bytes from the kernel's generator, as lower-case hexadecimal (twice as many characters).
/// Fit for tokens and keys.
std::string random_hex(std::size_t bytes);

}  // namespace cartwright
