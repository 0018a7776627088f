#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/check.hpp"
#include "platform/db/database.hpp"

namespace cartwright::db::postgres {

/// Parameters as libpq wants them: text, but bytes for a {blob}.
struct Parameters {
    explicit Parameters(std::span<Value const> given) {
        owned.reserve(given.size());
        for (auto const& value : given) add(value);
    }

    void add(Value const& value) {
        if (std::holds_alternative<std::monostate>(value)) {
            push(nullptr, 0, 0);
            return;
        }
        if (auto const* const blob = std::get_if<Blob>(&value)) {
            push(blob->bytes.data() != nullptr ? blob->bytes.data() : "", blob->bytes.size(), 1);
            return;
        }
        if (auto const* const number = std::get_if<std::int64_t>(&value)) {
            owned.push_back(std::to_string(*number));
        } else {
            auto const text = std::get<std::string_view>(value);
            check(!text.contains('\0'), "text for the database contains NUL");
            owned.emplace_back(text);
        }
        push(owned.back().c_str(), 0, 0);
    }

    int count() const { return static_cast<int>(values.size()); }

    std::vector<std::string>
        owned;  ///< never grows beyond what was reserved: `values` points into it
    std::vector<char const*> values;
    std::vector<int> lengths;
    std::vector<int> formats;

private:
    void push(char const* data, std::size_t length, int format) {
        values.push_back(data);
        lengths.push_back(static_cast<int>(length));
        formats.push_back(format);
    }
};

}  // namespace cartwright::db::postgres
