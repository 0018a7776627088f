#include "features/identity/identity.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

/// Another node must learn within a second that a session has ended, the time of looking included.
/// Source: contract §3.
constexpr std::chrono::milliseconds session_seen_ttl{800};

}  // namespace

Identity::Identity(db::Database& database, Clock const& clock, Options options,
                   jobs::Outbox& outbox)
    : database_(database),
      clock_(clock),
      options_(std::move(options)),
      outbox_(outbox),
      signer_(options_.secrets),
      otp_keys_(options_.secrets.begin(), options_.secrets.end()),
      tokens_({.capacity = options_.tokens_cached_max, .ttl = cache::forever}),
      sessions_({.capacity = options_.sessions_cached_max, .ttl = session_seen_ttl}),
      legacy_tokens_({.capacity = options_.sessions_cached_max, .ttl = cache::forever}) {}

Lifetimes const& Identity::lifetimes(Surface surface) const {
    switch (surface) {
        case Surface::shop: return options_.shop;
        case Surface::customer: return options_.customer;
    }
    std::unreachable();
}

Instant Identity::session_expiry(Surface surface) const {
    auto const& lifetime = lifetimes(surface);
    return clock_.now() + std::max(lifetime.access, lifetime.refresh);
}

std::vector<PasswordProblem> Identity::password_problems(std::string_view password,
                                                         Person const& person) const {
    auto found = identity::password_problems(password, person);
    if (options_.common_passwords.contains(password)) found.push_back(PasswordProblem::too_common);
    return found;
}

bool Identity::is_taken(std::string_view name) {
    auto const key = text::to_lower_ascii(name);
    return database_.read([&](db::Read& read) { return user_by_name(read, key).has_value(); });
}

std::optional<User> Identity::find(UserId user) {
    auto row = database_.read([&](db::Read& read) { return user_by_id(read, user); });
    if (!row) return std::nullopt;
    return std::move(row->user);
}

}  // namespace cartwright::identity
