#pragma once

#include <string>

#include "features/catalog/images.hpp"
#include "platform/http/router.hpp"

namespace cartwright::ops {

/// Serves the pictures at `path`, "/media/products/<name>" (a literal): a file never changes under
/// its name, so it may be kept for a year. Where `elsewhere` is not empty
/// ("https://cdn.example/m"), who asks is sent there instead. `images` must outlive the calls.
/// Source: contract §4 (images).
void mount_media(http::Router& router, catalog::Images const& images, std::string_view path,
                 std::string elsewhere = {});

}  // namespace cartwright::ops
