#include "features/wallet/wallet.hpp"

#include <string_view>

namespace cartwright::wallet {
namespace {

db::Query const enter_query{
    "wallet.enter",
    "INSERT INTO wallets (user_id, kind, size) VALUES ($1, $2, 1) ON CONFLICT (user_id, kind) "
    "DO UPDATE SET size = wallets.size + 1 WHERE wallets.size < $3"};
db::Query const lock_query{
    "wallet.lock", "SELECT size FROM wallets WHERE user_id = $1 AND kind = $2 {for_update}"};
db::Query const first_query{"wallet.first",
                            "UPDATE wallets SET default_id = $3 WHERE user_id = $1 AND kind = $2 "
                            "AND default_id = 0"};
db::Query const prefer_query{"wallet.prefer",
                             "UPDATE wallets SET default_id = $3 WHERE user_id = $1 AND kind = $2"};
db::Query const forget_query{"wallet.forget",
                             "DELETE FROM wallets WHERE user_id = $1 AND kind = $2"};

/// What the kinds differ in: their statements, and how a row is read and written.
template <class Method>
struct Table;

template <>
struct Table<Card> {
    static constexpr std::string_view kind = "CARD";

#define CARD_COLUMNS                                                                         \
    "SELECT m.id, w.default_id = m.id, m.created_at, m.is_active, m.brand, m.last_four, "    \
    "m.expiry_month, m.expiry_year, m.holder, m.nickname FROM saved_cards m JOIN wallets w " \
    "ON w.user_id = m.user_id AND w.kind = 'CARD' WHERE m.user_id = $1 "
    static constexpr db::Query list{"wallet.list_cards", CARD_COLUMNS "ORDER BY m.id"};
    static constexpr db::Query find{"wallet.find_card", CARD_COLUMNS "AND m.id = $2"};
#undef CARD_COLUMNS
    static constexpr db::Query insert{
        "wallet.insert_card",
        "INSERT INTO saved_cards (user_id, created_at, is_active, brand, last_four, expiry_month, "
        "expiry_year, holder, nickname, gateway_token) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) {returning_id}"};
    static constexpr db::Query update{
        "wallet.update_card",
        "UPDATE saved_cards SET is_active = $3, brand = $4, last_four = $5, expiry_month = $6, "
        "expiry_year = $7, holder = $8, nickname = $9, "
        "gateway_token = CASE WHEN $10 = '' THEN gateway_token ELSE $10 END "
        "WHERE user_id = $1 AND id = $2"};
    static constexpr db::Query remove{"wallet.delete_card",
                                      "DELETE FROM saved_cards WHERE user_id = $1 AND id = $2"};
    static constexpr db::Query leave{
        "wallet.leave_cards",
        "UPDATE wallets SET size = size - 1, default_id = CASE WHEN default_id = $2 THEN "
        "COALESCE((SELECT min(id) FROM saved_cards WHERE user_id = $1), 0) ELSE default_id END "
        "WHERE user_id = $1 AND kind = 'CARD'"};
    static constexpr db::Query forget{"wallet.forget_cards",
                                      "DELETE FROM saved_cards WHERE user_id = $1"};

    static Card read(db::Row const& row) {
        return {.brand = row.string(4),
                .last_four = row.string(5),
                .expiry_month = row.integer(6),
                .expiry_year = row.integer(7),
                .holder = row.string(8),
                .nickname = row.string(9),
                .is_active = row.flag(3)};
    }
    /// `run(…)` with the columns that statements share, in their order.
    template <class Run>
    static auto write(Card const& card, Run&& run) {
        return run(card.is_active, card.brand, card.last_four, card.expiry_month, card.expiry_year,
                   card.holder, card.nickname, card.gateway_token);
    }
};

template <>
struct Table<UpiId> {
    static constexpr std::string_view kind = "UPI";

#define UPI_COLUMNS                                                                          \
    "SELECT m.id, w.default_id = m.id, m.created_at, m.is_active, m.upi_id, m.nickname "     \
    "FROM saved_upi_ids m JOIN wallets w ON w.user_id = m.user_id AND w.kind = 'UPI' WHERE " \
    "m.user_id = $1 "
    static constexpr db::Query list{"wallet.list_upi_ids", UPI_COLUMNS "ORDER BY m.id"};
    static constexpr db::Query find{"wallet.find_upi_id", UPI_COLUMNS "AND m.id = $2"};
#undef UPI_COLUMNS
    static constexpr db::Query insert{
        "wallet.insert_upi_id",
        "INSERT INTO saved_upi_ids (user_id, created_at, is_active, upi_id, nickname) "
        "VALUES ($1, $2, $3, $4, $5) {returning_id}"};
    static constexpr db::Query update{
        "wallet.update_upi_id",
        "UPDATE saved_upi_ids SET is_active = $3, upi_id = $4, nickname = $5 "
        "WHERE user_id = $1 AND id = $2"};
    static constexpr db::Query remove{"wallet.delete_upi_id",
                                      "DELETE FROM saved_upi_ids WHERE user_id = $1 AND id = $2"};
    static constexpr db::Query leave{
        "wallet.leave_upi_ids",
        "UPDATE wallets SET size = size - 1, default_id = CASE WHEN default_id = $2 THEN "
        "COALESCE((SELECT min(id) FROM saved_upi_ids WHERE user_id = $1), 0) ELSE default_id END "
        "WHERE user_id = $1 AND kind = 'UPI'"};
    static constexpr db::Query forget{"wallet.forget_upi_ids",
                                      "DELETE FROM saved_upi_ids WHERE user_id = $1"};

    static UpiId read(db::Row const& row) {
        return {.address = row.string(4), .nickname = row.string(5), .is_active = row.flag(3)};
    }
    template <class Run>
    static auto write(UpiId const& upi, Run&& run) {
        return run(upi.is_active, upi.address, upi.nickname);
    }
};

template <class Method>
Saved<Method> saved_of(db::Row const& row) {
    return {.id = row.id<Id<Method>>(0),
            .method = Table<Method>::read(row),
            .is_default = row.flag(1),
            .created_at = row.instant(2)};
}

/// Others who change this kind of the user's methods wait from here on. False: there are none.
bool lock_wallet(db::Tx& tx, UserId user, std::string_view kind) {
    return tx.first(lock_query, [](db::Row const&) { return true; }, user, kind).value_or(false);
}

}  // namespace

template <class Method>
std::vector<Saved<Method>> Methods<Method>::list(UserId user) {
    return database_.read(
        [&](db::Read& read) { return read.all(Table<Method>::list, saved_of<Method>, user); });
}

template <class Method>
std::optional<Saved<Method>> Methods<Method>::find(UserId user, Id<Method> id) {
    return database_.read([&](db::Read& read) {
        return read.first(Table<Method>::find, saved_of<Method>, user, id);
    });
}

template <class Method>
std::expected<Saved<Method>, Refusal> Methods<Method>::add(UserId user, Method const& method,
                                                           bool make_default) {
    using T = Table<Method>;
    return database_.write([&](db::Tx& tx) -> std::expected<Saved<Method>, Refusal> {
        if (tx.execute(enter_query, user, T::kind, options_.per_kind_max) != 1)
            return std::unexpected(Refusal::too_many);
        auto const id = *T::write(method, [&](auto const&... columns) {
            return tx.first(
                T::insert, [](db::Row const& row) { return row.id<Id<Method>>(0); }, user,
                clock_.now(), columns...);
        });
        tx.execute(make_default ? prefer_query : first_query, user, T::kind, id);
        return *tx.first(T::find, saved_of<Method>, user, id);
    });
}

template <class Method>
std::expected<Saved<Method>, Refusal> Methods<Method>::change(UserId user, Id<Method> id,
                                                              Method const& method,
                                                              bool make_default) {
    using T = Table<Method>;
    return database_.write([&](db::Tx& tx) -> std::expected<Saved<Method>, Refusal> {
        auto const changed =
            lock_wallet(tx, user, T::kind) && T::write(method, [&](auto const&... columns) {
                return tx.execute(T::update, user, id, columns...) == 1;
            });
        if (!changed) return std::unexpected(Refusal::unknown);
        if (make_default) tx.execute(prefer_query, user, T::kind, id);
        return *tx.first(T::find, saved_of<Method>, user, id);
    });
}

template <class Method>
std::expected<Saved<Method>, Refusal> Methods<Method>::set_default(UserId user, Id<Method> id) {
    using T = Table<Method>;
    return database_.write([&](db::Tx& tx) -> std::expected<Saved<Method>, Refusal> {
        if (!lock_wallet(tx, user, T::kind) || !tx.first(T::find, saved_of<Method>, user, id))
            return std::unexpected(Refusal::unknown);
        tx.execute(prefer_query, user, T::kind, id);
        return *tx.first(T::find, saved_of<Method>, user, id);
    });
}

template <class Method>
bool Methods<Method>::remove(UserId user, Id<Method> id) {
    using T = Table<Method>;
    return database_.write([&](db::Tx& tx) {
        if (!lock_wallet(tx, user, T::kind) || tx.execute(T::remove, user, id) != 1) return false;
        tx.execute(T::leave, user, id);
        return true;
    });
}

template <class Method>
void Methods<Method>::forget(UserId user) {
    using T = Table<Method>;
    database_.write([&](db::Tx& tx) {
        lock_wallet(tx, user, T::kind);
        tx.execute(T::forget, user);
        tx.execute(forget_query, user, T::kind);
    });
}

template class Methods<Card>;
template class Methods<UpiId>;

}  // namespace cartwright::wallet
