#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/db/database.hpp"

namespace cartwright::db {

/// The conditions of a list that is asked for by what one may leave out. Of so few texts the
/// engines keep all prepared, and each uses the index that suits it, which one text with
/// "… OR $1 IS NULL" would not.
///
///     Where where;
///     where.add("actor_id = $", filter.actor).add("created_at < $", filter.until);
///     "SELECT … FROM audit_log" + where.text()
///
/// Conditions are literals of ours, each with one `$` where its value goes. Text values are
/// borrowed.
class Where {
public:
    template <class T>
    Where& add(std::string_view condition, std::optional<T> const& wanted) {
        if (wanted) always(condition, *wanted);
        return *this;
    }
    template <class T>
    Where& always(std::string_view condition, T const& value) {
        values_.push_back(value_of(value));
        auto const mark = fmt::format("${}", values_.size());
        text_ += text_.empty() ? " WHERE " : " AND ";
        for (auto const c : condition)
            if (c == '$') {
                text_ += mark;
            } else {
                text_ += c;
            }
        return *this;
    }

    /// " WHERE a = $1 AND b < $2"; empty without conditions.
    std::string const& text() const { return text_; }
    std::vector<Value> const& values() const { return values_; }

    /// " LIMIT $3 OFFSET $4", which comes last.
    std::string page(std::int64_t offset, std::int64_t limit) {
        values_.emplace_back(limit);
        values_.emplace_back(offset);
        return fmt::format(" LIMIT ${} OFFSET ${}", values_.size() - 1, values_.size());
    }

private:
    std::string text_;
    std::vector<Value> values_;
};

/// " ORDER BY price DESC, id DESC": rows that are equal otherwise keep the order of their ids. The
/// column is a literal of ours.
inline std::string order_by(std::string_view column, bool descending) {
    std::string_view const direction = descending ? " DESC" : "";
    if (column == "id") return fmt::format(" ORDER BY id{}", direction);
    return fmt::format(" ORDER BY {0}{1}, id{1}", column, direction);
}

}  // namespace cartwright::db
