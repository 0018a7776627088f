#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::db {

/// One statement over a list of rows, kept as a few texts of fixed sizes, so that any list takes
/// few statements (a thousand rows: six) and the number of prepared statements stays bounded. The
/// text holds `{rows}` once, which becomes "(CAST($2 AS BIGINT), CAST($3 AS TEXT)), …", or
/// `{list}`, which is the same without the brackets, for IN. Parameters of the statement itself
/// come first.
///
///     ListQuery const taken{
///         {"catalog.take_stock", "WITH v(id, n) AS (VALUES {rows}) UPDATE …"}, 1,
///         {ListQuery::Column::integer, ListQuery::Column::integer}};
///     taken.run(tx, fixed, rows);
class ListQuery {
public:
    enum class Column { integer, text };

    /// Sizes in which a list is cut, largest first.
    static constexpr std::array<std::size_t, 15> sizes{1024, 512, 256, 128, 64, 32, 16, 8,
                                                       7,    6,   5,   4,   3,  2,  1};

    /// No text has more parameters of rows than this: SQLite takes the square of their number to
    /// prepare it.
    static constexpr std::size_t parameters_max = 2'048;

    /// `fixed` is the number of the statement's own parameters.
    ListQuery(Query const& query, std::size_t fixed, std::vector<Column> columns);

    /// Runs the statement over all rows; `rows` are their values, row after row. Not one statement
    /// for no row. Returns the number of rows changed.
    std::int64_t run(Read& read, std::span<Value const> fixed, std::span<Value const> rows,
                     RowSink sink) const;
    /// As above, for the effect alone.
    std::int64_t run(Tx& tx, std::span<Value const> fixed, std::span<Value const> rows) const;

    /// As `run`, each statement by `Tx::later`; `then` is told of each.
    void run_later(Tx& tx, std::span<Value const> fixed, std::span<Value const> rows,
                   Later const& then = {}) const;

    /// As `run`, where a row of NULLs does no harm (an IN list, an inner join): the list is filled
    /// up with such to the next size, so that 1,000 rows are one statement.
    void run_padded(Read& read, std::span<Value const> fixed, std::span<Value const> rows,
                    RowSink sink) const;

private:
    /// `use(query, values)` of each statement that the rows are cut into.
    template <class Use>
    void each_statement(std::span<Value const> fixed, std::span<Value const> rows,
                        Use const& use) const;

    std::size_t fixed_;
    std::size_t columns_;
    std::size_t largest_ = 0;  ///< place in `sizes` of the largest that has a text
    std::string name_;
    std::array<std::string, sizes.size()> texts_;
};

}  // namespace cartwright::db
