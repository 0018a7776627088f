#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "features/catalog/catalog.hpp"
#include "features/catalog_io/source.hpp"

namespace cartwright::catalog_io {

using catalog::ImportedProduct;

/// What can be wrong with one record of a file.
enum class Trouble {
    text_after_quote,  ///< CSV: "abc"def
    unclosed_quote,    ///< CSV
    record_too_long,   ///< longer than the limit
    field_count,       ///< CSV: another number of fields than the header
    not_json,          ///< JSON that cannot be read
    not_an_object,     ///< JSON: the array holds something else
    not_text,          ///< no UTF-8, or a NUL; JSON: no string
    missing,           ///< a field that must be there is absent or blank
    too_long,          ///< a text longer than the catalogue takes
    not_a_price,       ///< 0 to 99999999.99 with two places at most
    not_a_stock,       ///< 0 to 2147483647
    not_a_flag,        ///< true or false
    not_an_image,      ///< an http(s) URL or a path below media/
    same_id            ///< another record before it has the public id
};

/// One record that cannot be imported.
struct Problem {
    std::size_t line = 0;  ///< where the record begins
    Trouble trouble{};
    std::string field;  ///< which, as the file calls it; may be empty
};

/// The limits of one file. Beyond `rows_max` the file is unusable as a whole.
struct Limits {
    std::uint64_t bytes_max = std::uint64_t{4} << 30U;  ///< unpacked
    std::size_t record_bytes_max = std::size_t{256} * 1024;
    std::size_t rows_max = 10'000'000;
};

/// One record: a product, or what is wrong with it.
struct Entry {
    std::size_t line = 0;
    std::expected<ImportedProduct, Problem> row;
};

/// The products of one file, one by one.
class Rows {
public:
    virtual ~Rows() = default;
    /// Nothing at the end. Throws `UnusableFile`.
    virtual std::optional<Entry> next() = 0;
};

/// Products of the kind of file that begins with `first`: our JSON (an array of objects), our CSV
/// or Shopify's product CSV, each told by its first bytes and header. Opens the source with `open`,
/// and more than once where the kind needs a look ahead.
///
/// Our fields: `public_id`, `name`, `category`, `price` and `stock_quantity` must be there;
/// `description`, `image_url` (blank where absent) and `is_active` may. Others are ignored. The
/// texts are trimmed. Shopify's products become one product a variant (features/catalog_io/README).
/// Throws `UnusableFile`.
std::unique_ptr<Rows> read_rows(std::function<std::unique_ptr<Source>()> const& open,
                                Limits const& limits);

}  // namespace cartwright::catalog_io
