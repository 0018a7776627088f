#include "features/identity/verify.hpp"

#include <fmt/format.h>

namespace cartwright::identity {
namespace {

constexpr db::Query totals{
    "identity.verify_totals",
    "SELECT user_type, tier, is_active, is_verified, CAST(sum(said) AS BIGINT), "
    "CAST(sum(found) AS BIGINT) FROM ("
    "SELECT user_type, tier, is_active, is_verified, users AS said, 0 AS found FROM user_totals "
    "UNION ALL SELECT user_type, tier, is_active, is_verified, 0, 1 FROM users "
    "WHERE deleted_at IS NULL) AS accounts GROUP BY user_type, tier, is_active, is_verified "
    "HAVING sum(said) <> sum(found) ORDER BY user_type, tier, is_active, is_verified LIMIT $1"};

}  // namespace

std::vector<std::string> verify(db::Read& read, std::size_t findings_max) {
    std::vector<std::string> findings;
    read.each(
        totals,
        [&](db::Row const& row) {
            findings.push_back(
                fmt::format("There are {} {} {}s (active {}, verified {}), and {} are said to be.",
                            row.integer(5), row.text(1), row.text(0), row.integer(2),
                            row.integer(3), row.integer(4)));
        },
        static_cast<std::int64_t>(findings_max));
    return findings;
}

}  // namespace cartwright::identity
