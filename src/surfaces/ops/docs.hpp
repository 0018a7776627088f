#pragma once

#include "platform/http/router.hpp"

namespace cartwright::ops {

/// Serves the interactive reference at `/docs/`, whose files the binary carries, and a page at `/`
/// that says what runs here. Both work without any other server (contract §1); a
/// Content-Security-Policy holds them to it.
void mount_docs(http::Router& router);

}  // namespace cartwright::ops
