#include "base/text.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

constexpr db::Query insert{
    "identity.insert_user",
    "INSERT INTO users (username, username_key, email, email_key, password_hash, first_name, "
    "last_name, user_type, phone_number, is_verified, joined_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) "
    "ON CONFLICT DO NOTHING RETURNING id"};

std::string const& username_of(NewUser const& wanted) {
    return wanted.username.empty() ? wanted.email : wanted.username;
}

}  // namespace

std::optional<User> Identity::insert_user(db::Tx& tx, NewUser const& wanted,
                                          std::string const& hash) {
    auto const now = clock_.now();
    auto const& username = username_of(wanted);
    auto const id = tx.first(
        insert, [](db::Row const& row) { return row.id<UserId>(0); }, username,
        text::to_lower_ascii(username), wanted.email, text::to_lower_ascii(wanted.email), hash,
        wanted.first_name, wanted.last_name, to_string(wanted.type), wanted.phone_number,
        wanted.is_verified, now);
    if (!id) return std::nullopt;
    return User{.id = *id,
                .username = username,
                .email = wanted.email,
                .first_name = wanted.first_name,
                .last_name = wanted.last_name,
                .type = wanted.type,
                .is_verified = wanted.is_verified,
                .phone_number = wanted.phone_number,
                .joined_at = now};
}

std::expected<SignedIn, RegisterRefusal> Identity::register_user(NewUser const& wanted,
                                                                 NewSession const& session) {
    using enum RegisterRefusal;
    auto const& username = username_of(wanted);
    Person const person{username, wanted.email, wanted.first_name, wanted.last_name};
    if (!password_problems(wanted.password, person).empty()) return std::unexpected(weak_password);
    // Else a name could be another's address, and a login would not know which of them is meant.
    if (username.find('@') != std::string::npos &&
        text::to_lower_ascii(username) != text::to_lower_ascii(wanted.email))
        return std::unexpected(username_taken);
    // Most who come late are told without the price of a hash; the insert decides the races.
    if (is_taken(wanted.email)) return std::unexpected(email_taken);
    // A name that is the address was just asked for: taken meanwhile, it is the address that is.
    bool const is_named_by_address =
        text::to_lower_ascii(username) == text::to_lower_ascii(wanted.email);
    if (!is_named_by_address && is_taken(username)) return std::unexpected(username_taken);
    auto const hash = crypto::hash_password(wanted.password, options_.password_cost);
    return database_.write([&](db::Tx& tx) -> std::expected<SignedIn, RegisterRefusal> {
        auto user = insert_user(tx, wanted, hash);
        if (!user)
            return std::unexpected(user_by_name(tx, text::to_lower_ascii(wanted.email))
                                       ? email_taken
                                       : username_taken);
        if (!wanted.links_at.empty())
            request_proof(tx, ProofPurpose::verification, account_key(user->id), user->id,
                          wanted.links_at);
        if (wanted.by.admin)
            audit::record(tx, clock_.now(), wanted.by, "create", {"user", user->id.value}, {},
                          facts(*user));
        return open_session(tx, std::move(*user), session);
    });
}

}  // namespace cartwright::identity
