#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

namespace cartwright::identity {

/// Passwords that an operator will not have, such as the ones that are known from breaches. Eight
/// bytes each in memory: of a password that is not on the list one in 10^13 is taken for one that
/// is (a million of them listed). Any thread. Source: ASVS 2.1.7.
class CommonPasswords {
public:
    static constexpr std::uintmax_t file_bytes_max = 256 * 1024 * 1024;

    CommonPasswords() = default;  ///< none

    /// Reads them, one a line. Throws `std::runtime_error`, with a message that names the file,
    /// where it cannot be read or is larger than `file_bytes_max`.
    explicit CommonPasswords(std::filesystem::path const& file);

    /// Whatever the case of its letters.
    bool contains(std::string_view password) const;

private:
    std::vector<std::uint64_t> hashes_;  ///< sorted
};

}  // namespace cartwright::identity
