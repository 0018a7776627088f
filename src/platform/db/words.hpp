#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cartwright::db {

/// `text` with each word replaced by what an engine calls it. The only templating that SQL gets.
inline std::string with_words(
    std::string_view text,
    std::initializer_list<std::pair<std::string_view, std::string_view>> words) {
    std::string replaced(text);
    for (auto const& [word, by] : words) {
        for (auto at = replaced.find(word); at != std::string::npos;
             at = replaced.find(word, at + by.size())) {
            replaced.replace(at, word.size(), by);
        }
    }
    return replaced;
}

}  // namespace cartwright::db
