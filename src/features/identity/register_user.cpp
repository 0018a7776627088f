#include "base/text.hpp"
#include "features/identity/identity.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query insert{
    "identity.insert_user",
    "INSERT INTO users (username, username_key, email, email_key, password_hash, first_name, "
    "last_name, user_type, joined_at, updated_at) "
    "VALUES ($1, $2, $1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING RETURNING id"};

}  // namespace

std::optional<User> Identity::insert_user(db::Tx& tx, NewUser const& wanted,
                                          std::string const& hash) {
    auto const now = clock_.now();
    auto const id = tx.first(
        insert, [](db::Row const& row) { return row.id<UserId>(0); }, wanted.email,
        text::to_lower_ascii(wanted.email), hash, wanted.first_name, wanted.last_name,
        to_string(wanted.type), now);
    if (!id) return std::nullopt;
    return User{.id = *id,
                .username = wanted.email,
                .email = wanted.email,
                .first_name = wanted.first_name,
                .last_name = wanted.last_name,
                .type = wanted.type,
                .joined_at = now};
}

std::expected<SignedIn, RegisterRefusal> Identity::register_user(NewUser const& wanted,
                                                                 Surface surface) {
    Person const person{wanted.email, wanted.email, wanted.first_name, wanted.last_name};
    if (!password_problems(wanted.password, person).empty())
        return std::unexpected(RegisterRefusal::weak_password);
    // Most who come late are told without the price of a hash; the insert decides the races.
    if (is_taken(wanted.email)) return std::unexpected(RegisterRefusal::email_taken);
    auto const hash = crypto::hash_password(wanted.password, options_.password_cost);
    return database_.write([&](db::Tx& tx) -> std::expected<SignedIn, RegisterRefusal> {
        auto user = insert_user(tx, wanted, hash);
        if (!user) return std::unexpected(RegisterRefusal::email_taken);
        auto opened = open_session(tx, user->id, surface);
        return SignedIn{std::move(*user), opened.session, std::move(opened.tokens)};
    });
}

}  // namespace cartwright::identity
