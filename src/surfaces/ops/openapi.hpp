#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "platform/http/router.hpp"

/// What serves the people who run and use the server: documents, health, metrics.
namespace cartwright::ops {

/// One dialect's part of the route table, and where its files lie.
///
/// `openapi.json` in the folder is the document without its paths: info, tags, security, shared
/// parameters and the responses that routes imply (BadRequest, Unauthorized, Forbidden, NotFound,
/// PayloadTooLarge, UnsupportedMediaType, TooManyRequests, ServerError, ServiceUnavailable). Its
/// `x-parameters-by-path` says which shared parameters belong to which paths; it does not appear in
/// what is served. Every file in the folder whose name ends in `schemas.json` is an object of
/// component schemas by name.
struct ApiSurface {
    std::string_view prefix;  ///< "/api/v1/"
    std::string_view folder;  ///< "src/surfaces/shop/", among the embedded files
};

/// The shop surface (contract, table of surfaces).
inline constexpr ApiSurface shop_surface{"/api/v1/", "src/surfaces/shop/"};

/// The customer surface (ditto).
inline constexpr ApiSurface customer_surface{"/api/auth/", "src/surfaces/customer/"};

/// The OpenAPI 3.1 document of the routes below the surface's prefix, as JSON. What a route implies
/// is derived: path parameters, 401 and 403 from its access, 404 from an id in its path, 413 and
/// 415 from a body, 304 from an ETag, and 400, 429, 500 and 503 everywhere. A `Bug` for a schema
/// that does not exist. Source: OpenAPI 3.1.0; contract §10.
std::string openapi(std::deque<http::Route> const& routes, ApiSurface const& surface);

/// Serves the document at `<prefix>openapi.json`. It is made at the first request, when the table
/// is complete; `router` must outlive its routes' calls (it holds them).
void mount_openapi(http::Router& router, ApiSurface const& surface);

}  // namespace cartwright::ops
