#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "features/catalog_io/csv.hpp"
#include "features/catalog_io/rows.hpp"

namespace cartwright::catalog_io {

using Open = std::function<std::unique_ptr<Source>()>;

/// Where a header has the columns of a form; `absent` for those it does not have.
inline constexpr std::size_t absent = static_cast<std::size_t>(-1);
std::size_t column(std::vector<std::string> const& header, std::string_view name);

/// A CSV file whose header has been read.
struct CsvFile {
    std::unique_ptr<Source> source;
    std::unique_ptr<CsvReader> reader;
    std::vector<std::string> header;  ///< as it stands, trimmed
};
CsvFile open_csv(Open const& open, Limits const& limits);

/// The form of a record before its fields are looked at; nothing where it is well.
std::optional<Problem> form_problem(CsvRecord const& record, std::size_t column_count);

std::unique_ptr<Rows> read_csv(CsvFile file);
std::unique_ptr<Rows> read_shopify(Open const& open, Limits const& limits, CsvFile file);
std::unique_ptr<Rows> read_json(std::unique_ptr<Source> source, Limits const& limits);

/// HTML as plain text: paragraphs and list items on lines of their own, entities decoded, tags,
/// scripts and styles gone, white space collapsed.
std::string text_of_html(std::string_view html);

}  // namespace cartwright::catalog_io
