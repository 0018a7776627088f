#include "features/carts/carts.hpp"

namespace cartwright::carts {

std::int64_t Carts::count(UserId user) {
    static constexpr db::Query query{"carts.count_of_user",
                                     "SELECT COUNT(*) FROM carts WHERE user_id = $1"};
    return database_
        .read([&](db::Read& read) {
            return read.first(query, [](db::Row const& row) { return row.integer(0); }, user);
        })
        .value_or(0);
}

void Carts::forget(UserId user) {
    static constexpr db::Query items{
        "carts.forget_items",
        "DELETE FROM cart_items WHERE cart_id IN (SELECT id FROM carts WHERE user_id = $1)"};
    static constexpr db::Query carts{"carts.forget", "DELETE FROM carts WHERE user_id = $1"};
    database_.write([&](db::Tx& tx) {
        tx.execute(items, user);
        tx.execute(carts, user);
    });
}

}  // namespace cartwright::carts
