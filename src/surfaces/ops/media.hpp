#pragma once

#include "features/catalog/images.hpp"
#include "platform/http/router.hpp"

namespace cartwright::ops {

/// Serves the pictures at `path`, "/media/products/<name>" (a literal): a file never changes under
/// its name, so it may be kept for a year. `images` must outlive the calls. Source: contract §4
/// (images).
void mount_media(http::Router& router, catalog::Images const& images, std::string_view path);

}  // namespace cartwright::ops
