#pragma once

#include "features/search_history/search_history.hpp"
#include "platform/http/router.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::customer {

/// What the caller searched for; his app tells us. Source: customer-api "Search History", contract
/// §10.
void mount_search_history(http::Router& router, search_history::SearchHistory& history);

void write_search(json::Writer& w, search_history::Search const& search);

}  // namespace cartwright::customer
