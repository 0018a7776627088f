#include "base/text.hpp"
#include "features/identity/identity.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

/// A glance only: the address comes from the operator's own keyboard.
bool looks_like_email(std::string_view email) {
    auto const at = email.find('@');
    return email.size() <= 254 && text::is_utf8(email) && text::trim(email) == email && at != 0 &&
           at != std::string_view::npos && at + 1 < email.size() && at == email.rfind('@') &&
           email.find_first_of(std::string_view(" \t\r\n\0", 5)) == std::string_view::npos;
}

}  // namespace

std::expected<UserId, CreateAdminRefusal> Identity::create_admin(std::string_view email,
                                                                 std::string_view password) {
    if (!looks_like_email(email)) return std::unexpected(CreateAdminRefusal::not_an_email);
    bool const is_text = text::is_utf8(password) && password.find('\0') == std::string_view::npos;
    if (!is_text || !password_problems(password, {.username = email, .email = email}).empty())
        return std::unexpected(CreateAdminRefusal::weak_password);
    // Whoever runs the server vouches for the address.
    NewUser const wanted{.email = std::string(email), .type = UserType::admin, .is_verified = true};
    auto const hash = crypto::hash_password(password, options_.password_cost);
    return database_.write([&](db::Tx& tx) -> std::expected<UserId, CreateAdminRefusal> {
        auto const user = insert_user(tx, wanted, hash);
        if (!user) return std::unexpected(CreateAdminRefusal::email_taken);
        audit::record(tx, clock_.now(), {}, "create", {"user", user->id.value}, {}, facts(*user));
        return user->id;
    });
}

}  // namespace cartwright::identity
