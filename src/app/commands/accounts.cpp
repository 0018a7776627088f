#include "app/commands/accounts.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "app/application.hpp"

namespace cartwright::app {
namespace {

/// The first line of the standard input, without its end. Longer than any password is cut, and then
/// refused as one.
std::string first_line_of_stdin() {
    std::string line(1024, '\0');
    if (std::fgets(line.data(), static_cast<int>(line.size()), stdin) == nullptr) return {};
    line.resize(line.find_first_of(std::string_view("\r\n\0", 3)));
    return line;
}

std::string password(Invocation const& invocation) {
    if (invocation.has("--password-stdin")) return first_line_of_stdin();
    auto const* const variable = std::getenv("CARTWRIGHT_ADMIN_PASSWORD");
    if (variable == nullptr)
        throw UsageError("a password is wanted: --password-stdin or CARTWRIGHT_ADMIN_PASSWORD");
    return variable;
}

std::string_view words(identity::CreateAdminRefusal refusal) {
    switch (refusal) {
        case identity::CreateAdminRefusal::not_an_email: return "that is not an e-mail address";
        case identity::CreateAdminRefusal::email_taken:
            return "there is an account of that e-mail address already";
        case identity::CreateAdminRefusal::weak_password:
            return "the password is too weak: 8 to 128 characters, not all digits, not the address";
    }
    std::unreachable();
}

}  // namespace

int run_create_admin(Invocation const& invocation) {
    auto const email = invocation.required("--email");
    auto const secret = password(invocation);
    Application application(invocation.settings);
    auto const made = application.identity().create_admin(email, secret);
    if (!made) {
        fmt::print(stderr, "cartwright: {}\n", words(made.error()));
        return 1;
    }
    fmt::print("made the admin {}\n", email);
    return 0;
}

}  // namespace cartwright::app
