#include "platform/db/list_query.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/check.hpp"

namespace cartwright::db {
namespace {

std::string_view sql_type(ListQuery::Column column) {
    switch (column) {
        case ListQuery::Column::integer: return "BIGINT";
        case ListQuery::Column::text: return "TEXT";
    }
    std::unreachable();
}

std::string row_list(std::size_t rows, std::size_t parameter,
                     std::vector<ListQuery::Column> const& columns, bool bracketed) {
    std::string list;
    auto const out = std::back_inserter(list);
    for (std::size_t row = 0; row < rows; ++row) {
        list += row == 0 ? "" : ", ";
        if (bracketed) list += '(';
        for (std::size_t column = 0; column < columns.size(); ++column) {
            fmt::format_to(out, "{}CAST(${} AS {})", column == 0 ? "" : ", ", parameter++,
                           sql_type(columns[column]));
        }
        if (bracketed) list += ')';
    }
    return list;
}

}  // namespace

ListQuery::ListQuery(Query const& query, std::size_t fixed, std::vector<Column> columns)
    : fixed_(fixed), columns_(columns.size()), name_(query.name) {
    std::string_view const rows = "{rows}";
    std::string_view const list = "{list}";
    bool const bracketed = query.text.contains(rows);
    auto const word = bracketed ? rows : list;
    auto const at = query.text.find(word);
    check(at != std::string_view::npos && !columns.empty(), "a list query names its rows");
    while (sizes[largest_] * columns_ > parameters_max) ++largest_;
    for (std::size_t i = largest_; i < sizes.size(); ++i) {
        texts_[i] = query.text;
        texts_[i].replace(at, word.size(), row_list(sizes[i], fixed + 1, columns, bracketed));
    }
}

template <class Use>
void ListQuery::each_statement(std::span<Value const> fixed, std::span<Value const> rows,
                               Use const& use) const {
    check(fixed.size() == fixed_ && rows.size() % columns_ == 0, "a list query got its parameters");
    std::vector<Value> values;
    std::size_t size = largest_;
    while (!rows.empty()) {
        auto const left = rows.size() / columns_;
        while (sizes[size] > left) ++size;
        auto const taken = sizes[size] * columns_;
        values.assign(fixed.begin(), fixed.end());
        values.insert(values.end(), rows.begin(),
                      rows.begin() + static_cast<std::ptrdiff_t>(taken));
        use(Query{.name = name_, .text = texts_[size]}, values);
        rows = rows.subspan(taken);
    }
}

std::int64_t ListQuery::run(Read& read, std::span<Value const> fixed, std::span<Value const> rows,
                            RowSink sink) const {
    std::int64_t changed = 0;
    each_statement(fixed, rows, [&](Query const& query, std::span<Value const> values) {
        changed += read.run(query, values, sink);
    });
    return changed;
}

void ListQuery::run_later(Tx& tx, std::span<Value const> fixed, std::span<Value const> rows,
                          Later const& then) const {
    each_statement(fixed, rows, [&](Query const& query, std::span<Value const> values) {
        tx.run_later(query, values, then);
    });
}

std::int64_t ListQuery::run(Tx& tx, std::span<Value const> fixed,
                            std::span<Value const> rows) const {
    auto ignore = [](Row const&) {
    };
    return run(tx, fixed, rows, RowSink(ignore));
}

void ListQuery::run_padded(Read& read, std::span<Value const> fixed, std::span<Value const> rows,
                           RowSink sink) const {
    check(rows.size() % columns_ == 0, "a list query got its parameters");
    auto const count = rows.size() / columns_;
    auto const tail = count % sizes[largest_];
    run(read, fixed, rows.first((count - tail) * columns_), sink);
    if (tail == 0) return;
    auto const size =
        *std::find_if(sizes.rbegin(), sizes.rend(), [&](std::size_t each) { return each >= tail; });
    std::vector<Value> padded(rows.end() - static_cast<std::ptrdiff_t>(tail * columns_),
                              rows.end());
    padded.reserve(size * columns_);
    padded.resize(size * columns_);
    run(read, fixed, padded, sink);
}

}  // namespace cartwright::db
