#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// The words to look for in `products.search_text`: folded, each once. None for a blank search.
std::vector<std::string> search_words(std::string_view typed);

/// A LIKE pattern, escaped by a backslash, in which nothing is special but the ends: the word
/// anywhere.
std::string like_pattern(std::string_view word);

/// What `products.search_text` holds.
std::string search_text(std::string_view name, std::string_view description);

/// The ids of visible products whose name or description holds every word, in order; those of other
/// stores may be among them. Words of three letters or more are found by the index, shorter ones by
/// looking.
std::vector<std::int64_t> search(db::Read& read, db::Engine engine, StoreId store,
                                 std::vector<std::string> const& words);

}  // namespace cartwright::catalog
