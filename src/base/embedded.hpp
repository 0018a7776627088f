#pragma once

#include <span>
#include <string_view>

namespace cartwright {

/// A file of the source tree that the binary carries (tools/embed.py).
struct EmbeddedFile {
    std::string_view path;  ///< from the root of the repository: "migrations/0001_identity.sql"
    std::string_view content;
};

/// All of them, sorted by path.
std::span<EmbeddedFile const> embedded_files();

}  // namespace cartwright
