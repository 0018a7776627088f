#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cartwright::redis {

/// What Redis answered.
struct Reply {
    enum class Kind { nothing, integer, text, error, list };
    Kind kind = Kind::nothing;
    std::int64_t integer = 0;
    std::string text = {};  ///< of an error: its code and sentence, "NOSCRIPT No matching script"
    std::vector<Reply> items = {};

    bool is_error(std::string_view code) const {
        return kind == Kind::error && text.starts_with(code);
    }
};

}  // namespace cartwright::redis
