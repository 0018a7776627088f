#include "features/addresses/addresses.hpp"

#include <utility>

namespace cartwright::addresses {
namespace {

#define ADDRESS_COLUMNS                                                                       \
    "SELECT a.id, a.contact_name, a.street_address, a.street_address_2, a.landmark, a.city, " \
    "a.state, a.pin_code, a.country, a.phone_number, a.kind, a.latitude_e7, a.longitude_e7, " \
    "b.default_id = a.id, a.created_at, a.updated_at "                                        \
    "FROM addresses a JOIN address_books b ON b.user_id = a.user_id WHERE a.user_id = $1 "

db::Query const list_query{"addresses.list", ADDRESS_COLUMNS "ORDER BY a.id"};
db::Query const find_query{"addresses.find", ADDRESS_COLUMNS "AND a.id = $2"};
db::Query const default_query{"addresses.default", ADDRESS_COLUMNS "AND a.id = b.default_id"};
#undef ADDRESS_COLUMNS

db::Query const enter_query{
    "addresses.enter",
    "INSERT INTO address_books (user_id, size) VALUES ($1, 1) ON CONFLICT (user_id) "
    "DO UPDATE SET size = address_books.size + 1 WHERE address_books.size < $2"};
db::Query const insert_query{
    "addresses.insert",
    "INSERT INTO addresses (user_id, contact_name, street_address, street_address_2, landmark, "
    "city, state, pin_code, country, phone_number, kind, latitude_e7, longitude_e7, created_at, "
    "updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) "
    "{returning_id}"};
db::Query const update_query{
    "addresses.update",
    "UPDATE addresses SET contact_name = $3, street_address = $4, street_address_2 = $5, "
    "landmark = $6, city = $7, state = $8, pin_code = $9, country = $10, phone_number = $11, "
    "kind = $12, latitude_e7 = $13, longitude_e7 = $14, updated_at = $15 "
    "WHERE user_id = $1 AND id = $2"};
db::Query const lock_query{"addresses.lock",
                           "SELECT size FROM address_books WHERE user_id = $1 {for_update}"};
db::Query const first_query{
    "addresses.first",
    "UPDATE address_books SET default_id = $2 WHERE user_id = $1 AND default_id = 0"};
db::Query const prefer_query{"addresses.prefer",
                             "UPDATE address_books SET default_id = $2 WHERE user_id = $1"};
db::Query const delete_query{"addresses.delete",
                             "DELETE FROM addresses WHERE user_id = $1 AND id = $2"};
db::Query const leave_query{
    "addresses.leave",
    "UPDATE address_books SET size = size - 1, default_id = CASE WHEN default_id = $2 THEN "
    "COALESCE((SELECT min(id) FROM addresses WHERE user_id = $1), 0) ELSE default_id END "
    "WHERE user_id = $1"};
db::Query const forget_query{"addresses.forget", "DELETE FROM addresses WHERE user_id = $1"};
db::Query const forget_book_query{"addresses.forget_book",
                                  "DELETE FROM address_books WHERE user_id = $1"};

Address address_of(db::Row const& row) {
    return {.id = row.id<AddressId>(0),
            .details = {.contact_name = row.string(1),
                        .street_address = row.string(2),
                        .street_address_2 = row.string(3),
                        .landmark = row.string(4),
                        .city = row.string(5),
                        .state = row.string(6),
                        .pin_code = row.string(7),
                        .country = row.string(8),
                        .phone_number = row.string(9),
                        .kind = kind_of(row.text(10)),
                        .latitude_e7 = row.maybe_integer(11),
                        .longitude_e7 = row.maybe_integer(12)},
            .is_default = row.flag(13),
            .created_at = row.instant(14),
            .updated_at = row.instant(15)};
}

/// Others who change the book wait from here on. False: there is no book.
bool lock_book(db::Tx& tx, UserId user) {
    return tx.first(lock_query, [](db::Row const&) { return true; }, user).value_or(false);
}

}  // namespace

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::home: return "HOME";
        case Kind::work: return "WORK";
        case Kind::other: return "OTHER";
    }
    std::unreachable();
}

Kind kind_of(std::string_view word) {
    if (word == "HOME") return Kind::home;
    return word == "WORK" ? Kind::work : Kind::other;
}

std::string full_address(Details const& details) {
    std::string line;
    auto const state_and_pin = details.state + ' ' + details.pin_code;
    for (auto const* part : {&details.street_address, &details.street_address_2, &details.landmark,
                             &details.city, &state_and_pin, &details.country}) {
        if (part->empty()) continue;
        if (!line.empty()) line += ", ";
        line += *part;
    }
    return line;
}

std::vector<Address> Addresses::list(UserId user) {
    return database_.read([&](db::Read& read) { return read.all(list_query, address_of, user); });
}

std::optional<Address> Addresses::find(UserId user, AddressId id) {
    return database_.read(
        [&](db::Read& read) { return read.first(find_query, address_of, user, id); });
}

std::optional<Address> Addresses::find_default(UserId user) {
    return database_.read(
        [&](db::Read& read) { return read.first(default_query, address_of, user); });
}

std::expected<Address, Refusal> Addresses::add(UserId user, Details const& details,
                                               bool make_default) {
    return database_.write([&](db::Tx& tx) -> std::expected<Address, Refusal> {
        if (tx.execute(enter_query, user, options_.per_user_max) != 1)
            return std::unexpected(Refusal::too_many);
        auto const id = *tx.first(
            insert_query, [](db::Row const& row) { return row.id<AddressId>(0); }, user,
            details.contact_name, details.street_address, details.street_address_2,
            details.landmark, details.city, details.state, details.pin_code, details.country,
            details.phone_number, to_string(details.kind), details.latitude_e7,
            details.longitude_e7, clock_.now());
        tx.execute(make_default ? prefer_query : first_query, user, id);
        return *tx.first(find_query, address_of, user, id);
    });
}

std::expected<Address, Refusal> Addresses::change(UserId user, AddressId id,
                                                  std::function<void(Details&)> const& edit,
                                                  bool make_default) {
    return database_.write([&](db::Tx& tx) -> std::expected<Address, Refusal> {
        auto before =
            lock_book(tx, user) ? tx.first(find_query, address_of, user, id) : std::nullopt;
        if (!before) return std::unexpected(Refusal::unknown);
        auto& details = before->details;
        edit(details);
        tx.execute(update_query, user, id, details.contact_name, details.street_address,
                   details.street_address_2, details.landmark, details.city, details.state,
                   details.pin_code, details.country, details.phone_number, to_string(details.kind),
                   details.latitude_e7, details.longitude_e7, clock_.now());
        if (make_default) tx.execute(prefer_query, user, id);
        return *tx.first(find_query, address_of, user, id);
    });
}

std::expected<Address, Refusal> Addresses::set_default(UserId user, AddressId id) {
    return database_.write([&](db::Tx& tx) -> std::expected<Address, Refusal> {
        if (!lock_book(tx, user) || !tx.first(find_query, address_of, user, id))
            return std::unexpected(Refusal::unknown);
        tx.execute(prefer_query, user, id);
        return *tx.first(find_query, address_of, user, id);
    });
}

bool Addresses::remove(UserId user, AddressId id) {
    return database_.write([&](db::Tx& tx) {
        if (!lock_book(tx, user) || tx.execute(delete_query, user, id) != 1) return false;
        tx.execute(leave_query, user, id);
        return true;
    });
}

void Addresses::forget(UserId user) {
    database_.write([&](db::Tx& tx) {
        lock_book(tx, user);
        tx.execute(forget_query, user);
        tx.execute(forget_book_query, user);
    });
}

}  // namespace cartwright::addresses
