#include "features/catalog/impl/search.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"

namespace cartwright::catalog {
namespace {

constexpr std::size_t indexed_letters_min = 3;
/// Longer words are looked up by their beginning, and then looked at.
constexpr std::size_t indexed_letters_max = 64;
/// Of more words the longest are looked up, and the others looked at.
constexpr std::size_t indexed_words_max = 3;

constexpr db::Query sqlite_by_index{
    "catalog.search",
    "SELECT rowid, '' FROM products_search WHERE products_search MATCH $1 ORDER BY rowid"};
constexpr db::Query sqlite_by_index_and_text{
    "catalog.search_and_look",
    "SELECT p.id, p.search_text FROM products_search s JOIN products p ON p.id = s.rowid "
    "WHERE s.products_search MATCH $1 ORDER BY s.rowid"};
constexpr db::Query postgres_by_index{
    "catalog.search",
    "SELECT id, '' FROM products WHERE is_active = 1 AND deleted_at IS NULL "
    "AND search_text LIKE $1 AND search_text LIKE $2 AND search_text LIKE $3 ORDER BY id"};
constexpr db::Query postgres_by_index_and_text{
    "catalog.search_and_look",
    "SELECT id, search_text FROM products WHERE is_active = 1 AND deleted_at IS NULL "
    "AND search_text LIKE $1 AND search_text LIKE $2 AND search_text LIKE $3 ORDER BY id"};
constexpr db::Query by_text{
    "catalog.search_by_looking",
    "SELECT id, search_text FROM products "
    "WHERE store_id = $1 AND is_active = 1 AND deleted_at IS NULL ORDER BY id"};

/// The first `count` code points.
std::string_view beginning(std::string_view word, std::size_t count) {
    std::size_t letters = 0;
    for (std::size_t at = 0; at < word.size(); ++at) {
        bool const starts = (static_cast<unsigned char>(word[at]) & 0xc0U) != 0x80U;
        if (starts && letters++ == count) return word.substr(0, at);
    }
    return word;
}

struct Plan {
    std::vector<std::string_view> indexed;
    bool look = false;  ///< the index does not say it all
};

Plan plan(std::vector<std::string> const& words) {
    Plan made;
    for (auto const& word : words) {
        auto const part = beginning(word, indexed_letters_max);
        made.look = made.look || part.size() < word.size();
        if (text::length(part) >= indexed_letters_min) made.indexed.push_back(part);
    }
    std::ranges::sort(made.indexed, [](std::string_view a, std::string_view b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    });
    if (made.indexed.size() > indexed_words_max) made.indexed.resize(indexed_words_max);
    made.look = made.look || made.indexed.size() < words.size();
    return made;
}

/// FTS5's query: phrases that must all occur. Within quotes only the quote is special.
std::string match_expression(std::vector<std::string_view> const& words) {
    std::string expression;
    for (auto const word : words) {
        if (!expression.empty()) expression += " AND ";
        expression += '"';
        for (auto const c : word) expression.append(c == '"' ? 2 : 1, c);
        expression += '"';
    }
    return expression;
}

}  // namespace

std::string like_pattern(std::string_view word) {
    std::string pattern = "%";
    for (auto const c : word) {
        if (c == '%' || c == '_' || c == '\\') pattern += '\\';
        pattern += c;
    }
    return pattern + "%";
}

std::vector<std::string> search_words(std::string_view typed) {
    auto const folded = text::fold_case(typed);
    std::vector<std::string> words;
    for (auto const word : text::words(folded)) words.emplace_back(word);
    std::ranges::sort(words);
    auto const repeated = std::ranges::unique(words);
    words.erase(repeated.begin(), repeated.end());
    return words;
}

std::string search_text(std::string_view name, std::string_view description) {
    return text::fold_case(std::string(name).append("\n").append(description));
}

std::vector<std::int64_t> search(db::Read& read, db::Engine engine, StoreId store,
                                 std::vector<std::string> const& words) {
    auto const made = plan(words);
    std::vector<std::int64_t> found;
    auto const keep = [&](db::Row const& row) {
        if (made.look) {
            auto const searched = row.text(1);
            for (auto const& word : words)
                if (!searched.contains(word)) return;
        }
        found.push_back(row.integer(0));
    };
    if (made.indexed.empty()) {
        read.each(by_text, keep, store);
        return found;
    }
    switch (engine) {
        case db::Engine::sqlite:
            read.each(made.look ? sqlite_by_index_and_text : sqlite_by_index, keep,
                      match_expression(made.indexed));
            return found;
        case db::Engine::postgres: {
            std::array<std::string, indexed_words_max> patterns;
            for (std::size_t i = 0; i < patterns.size(); ++i)
                patterns[i] = like_pattern(made.indexed[std::min(i, made.indexed.size() - 1)]);
            read.each(made.look ? postgres_by_index_and_text : postgres_by_index, keep, patterns[0],
                      patterns[1], patterns[2]);
            return found;
        }
    }
    std::unreachable();
}

}  // namespace cartwright::catalog
