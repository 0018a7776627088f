#pragma once

#include <string>
#include <string_view>

#include "platform/http/impl/exchange.hpp"

namespace cartwright::http {

/// Gives a finished answer its entity tag, and its 304 where the client has it already, and
/// compresses a read's where that pays. Runs on the thread that made the answer.
void finish_answer(Exchange& x, std::size_t gzip_bytes_min);

/// The header lines that every answer carries, with the line ends.
std::string standing_headers(std::string_view cors_origin);

/// "GET, POST, HEAD, OPTIONS" for the routes of one path.
std::string allowed_methods(std::vector<Route const*> const& routes);

/// Appends the whole answer to `out`. Returns the bytes of its body as sent.
std::size_t write_answer(Exchange const& x, std::string_view standing, std::string& out);

}  // namespace cartwright::http
