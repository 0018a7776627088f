#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace cartwright::crypto {

/// Two lower-case hexadecimal digits a byte.
std::string to_hex(std::string_view bytes);

/// SHA-256 as 64 lower-case hexadecimal digits.
std::string sha256_hex(std::string_view bytes);

/// SHA-1 as 40 lower-case hexadecimal digits: only where a protocol names things by it.
std::string sha1_hex(std::string_view bytes);

/// Whether both are the same, in a time that depends on their lengths alone.
bool equal_in_constant_time(std::string_view one, std::string_view other);

/// A key for HMAC-SHA256. Any thread may use it: each has a context of its own, keyed once.
class HmacKey {
public:
    explicit HmacKey(std::string_view secret);

    /// Appends the 32 bytes of the code of `message` to `out`.
    void append_code(std::string& out, std::string_view message) const;

private:
    std::string secret_;
    std::uint64_t
        id_;  ///< never used twice in a process, so a thread's context cannot be another key's
};

}  // namespace cartwright::crypto
