#pragma once

#include "platform/http/router.hpp"

namespace cartwright::http {

/// The words for paths that no surface speaks for: `{"detail": "…"}`.
Dialect const& plain_dialect();

}  // namespace cartwright::http
