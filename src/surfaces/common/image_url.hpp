#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cartwright::common {

/// A product's image as clients get it: a whole URL as it is, one of our own below the base URL.
inline std::optional<std::string> image_url(std::optional<std::string> const& image,
                                            std::string_view base_url) {
    if (!image || image->starts_with("http://") || image->starts_with("https://")) return image;
    return std::string(base_url).append("/media/").append(*image);
}

}  // namespace cartwright::common
