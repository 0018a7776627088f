#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "features/catalog_io/rows.hpp"

namespace cartwright::catalog_io {

/// Judges the fields of one record, and keeps what is wrong with the first that is not right.
class FieldJudge {
public:
    explicit FieldJudge(std::size_t line) { problem_.line = line; }

    /// The text, trimmed: well-formed, not blank unless it may be, `length_max` code points at
    /// most.
    std::string text(std::string_view field, std::string_view value, std::size_t length_max,
                     bool blank_allowed = false);
    Money price(std::string_view field, std::string_view value);
    std::int64_t stock(std::string_view field, std::string_view value);
    bool flag(std::string_view field, std::string_view value);  ///< blank: true
    std::optional<std::string> image(std::string_view field, std::string_view value);
    void fail(Trouble trouble, std::string_view field);

    bool well() const { return well_; }
    Problem const& problem() const { return problem_; }

private:
    bool well_ = true;
    Problem problem_;
};

// Code points, as the shop's API has them (contract §4).
inline constexpr std::size_t public_id_length_max = 64;
inline constexpr std::size_t handle_length_max = 255;  // Shopify's
inline constexpr std::size_t name_length_max = 255;
inline constexpr std::size_t category_length_max = 255;
inline constexpr std::size_t description_length_max = 100'000;
inline constexpr std::size_t image_length_max = 2000;

}  // namespace cartwright::catalog_io
