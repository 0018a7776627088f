#include "features/catalog_io/rows.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "features/catalog_io/impl/readers.hpp"

namespace cartwright::catalog_io {
namespace {

/// Stops where a file has more rows than it may.
class CountedRows final : public Rows {
public:
    CountedRows(std::unique_ptr<Rows> rows, std::size_t rows_max)
        : rows_(std::move(rows)), rows_max_(rows_max) {}

    std::optional<Entry> next() override {
        auto entry = rows_->next();
        if (entry && ++count_ > rows_max_)
            throw UnusableFile(fmt::format("the file has more than {} rows", rows_max_));
        return entry;
    }

private:
    std::unique_ptr<Rows> rows_;
    std::size_t rows_max_;
    std::size_t count_ = 0;
};

std::unique_ptr<Rows> read_by_kind(Open const& open, Limits const& limits) {
    auto const first = std::string(open()->next().substr(0, 4096));
    std::string_view begin = first;
    if (begin.starts_with("\xEF\xBB\xBF")) begin.remove_prefix(3);
    begin.remove_prefix(std::min(begin.find_first_not_of(" \t\r\n"), begin.size()));
    if (begin.starts_with('[') || begin.starts_with('{')) return read_json(open(), limits);
    auto file = open_csv(open, limits);
    bool const shopify =
        column(file.header, "Handle") != absent && column(file.header, "Title") != absent;
    return shopify ? read_shopify(open, limits, std::move(file)) : read_csv(std::move(file));
}

}  // namespace

std::unique_ptr<Rows> read_rows(std::function<std::unique_ptr<Source>()> const& open,
                                Limits const& limits) {
    return std::make_unique<CountedRows>(read_by_kind(open, limits), limits.rows_max);
}

}  // namespace cartwright::catalog_io
