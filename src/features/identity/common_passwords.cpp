#include "features/identity/common_passwords.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>

#include "base/text.hpp"

namespace cartwright::identity {
namespace {

std::uint64_t hash_of(std::string_view password) {
    return std::hash<std::string>{}(text::fold_case(password));
}

}  // namespace

CommonPasswords::CommonPasswords(std::filesystem::path const& file) {
    std::error_code failed;
    auto const size = std::filesystem::file_size(file, failed);
    if (!failed && size > file_bytes_max)
        throw std::runtime_error(fmt::format("common_passwords: {} has more than {} bytes",
                                             file.string(), file_bytes_max));
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (!line.empty() && text::is_utf8(line)) hashes_.push_back(hash_of(line));
    }
    if (!in.eof())
        throw std::runtime_error(fmt::format("common_passwords: {} cannot be read", file.string()));
    std::ranges::sort(hashes_);
    auto const repeated = std::ranges::unique(hashes_);
    hashes_.erase(repeated.begin(), repeated.end());
}

bool CommonPasswords::contains(std::string_view password) const {
    return !hashes_.empty() && std::ranges::binary_search(hashes_, hash_of(password));
}

}  // namespace cartwright::identity
