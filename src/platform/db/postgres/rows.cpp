#include <charconv>
#include <list>
#include <string>

#include "base/check.hpp"
#include "platform/db/postgres/connection.hpp"

namespace cartwright::db::postgres {
namespace {

// From the server's pg_type.h; libpq has no header for them.
constexpr Oid type_bool = 16;
constexpr Oid type_bytea = 17;

class ResultRow final : public Row {
public:
    ResultRow(PGresult const* result, int row) : result_(result), row_(row) {}

    bool is_null(int column) const override { return PQgetisnull(result_, row_, column) != 0; }

    std::int64_t integer(int column) const override {
        auto const value = raw(column);
        if (value.empty()) return 0;
        if (PQftype(result_, column) == type_bool) return value == "t" ? 1 : 0;
        std::int64_t number = 0;
        auto const [end, failure] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        check(failure == std::errc{} && end == value.data() + value.size(),
              "a column is not an integer");
        return number;
    }

    std::string_view text(int column) const override {
        auto const value = raw(column);
        if (PQftype(result_, column) == type_bool)
            return value == "t" ? "1" : value == "f" ? "0" : "";
        if (PQftype(result_, column) != type_bytea || value.empty()) return value;
        std::size_t size = 0;
        auto* const bytes =
            PQunescapeBytea(reinterpret_cast<unsigned char const*>(value.data()), &size);
        if (bytes == nullptr) throw std::bad_alloc();
        decoded_.emplace_back(reinterpret_cast<char const*>(bytes), size);
        PQfreemem(bytes);
        return decoded_.back();
    }

private:
    std::string_view raw(int column) const {
        return {PQgetvalue(result_, row_, column),
                static_cast<std::size_t>(PQgetlength(result_, row_, column))};
    }

    PGresult const* result_;
    int row_;
    mutable std::list<std::string> decoded_;  ///< what views of {blob} columns point into
};

}  // namespace

std::int64_t read_rows(PGresult const* result, RowSink sink) {
    int const rows = PQntuples(result);
    for (int i = 0; i < rows; ++i) sink(ResultRow(result, i));
    std::string_view const tag = PQcmdStatus(const_cast<PGresult*>(result));
    if (!tag.starts_with("INSERT") && !tag.starts_with("UPDATE") && !tag.starts_with("DELETE"))
        return 0;
    std::int64_t changed = 0;
    std::string_view const digits = PQcmdTuples(const_cast<PGresult*>(result));
    std::from_chars(digits.data(), digits.data() + digits.size(), changed);
    return changed;
}

}  // namespace cartwright::db::postgres
