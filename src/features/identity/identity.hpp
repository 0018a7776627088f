#pragma once

#include <array>
#include <chrono>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/identity/password_rules.hpp"
#include "features/identity/user.hpp"
#include "platform/cache/cache.hpp"
#include "platform/crypto/jwt.hpp"
#include "platform/crypto/password.hpp"
#include "platform/db/database.hpp"

/// People, their sessions and what guards their logins. Source: contract §3.
namespace cartwright::identity {

/// Where a session was begun; each surface has lifetimes of its own.
enum class Surface { shop, customer };

struct Lifetimes {
    std::chrono::seconds access;
    std::chrono::seconds refresh;
};

/// The settings of this feature.
struct Options {
    std::vector<std::string> secrets;  ///< the first signs tokens, all verify them
    Lifetimes shop{std::chrono::minutes{15}, std::chrono::days{1}};
    Lifetimes customer{std::chrono::days{7}, std::chrono::days{30}};
    std::chrono::seconds refresh_grace{10};  ///< an old refresh token used again sooner is no theft
    std::chrono::seconds lockout = std::chrono::minutes{60};
    int failures_max = 5;  ///< failed logins in a row that lock an account
    crypto::PasswordCost password_cost;
    std::size_t sessions_cached_max = 100'000;
};

/// What a client gets to prove its session with.
struct TokenPair {
    std::string access;
    std::string refresh;
};

/// A session just begun.
struct SignedIn {
    User user;
    SessionId session;
    TokenPair tokens;
};

/// Who is calling, by an access token.
struct ActiveSession {
    UserId user;
    SessionId id;
    bool admin = false;
    std::string email;  ///< today's
    bool premium = false;
};

enum class TokenRefusal {
    malformed,   ///< not a token of ours
    wrong_type,  ///< a refresh token
    expired,
    session_ended,  ///< by logout, password change, theft …
    user_gone       ///< deleted or deactivated
};

struct NewUser {
    std::string email;  ///< well-formed; becomes the username too
    std::string password;
    std::string first_name;
    std::string last_name;
    UserType type = UserType::customer;
};
enum class RegisterRefusal { email_taken, weak_password };

enum class LoginRefusal { wrong_credentials, locked };

enum class RefreshRefusal {
    invalid,     ///< not a token of ours, expired, or of a session that is gone
    wrong_type,  ///< an access token
    used         ///< already exchanged, or its session was ended
};

/// What is not named stays as it is.
struct ProfileChange {
    std::optional<std::string> email;  ///< well-formed
    std::optional<std::string> first_name;
    std::optional<std::string> last_name;
};
enum class ProfileRefusal { email_taken, unknown_user };

struct PasswordChange {
    UserId user;
    SessionId session;  ///< the caller's, which goes on
    std::string old_password;
    std::string new_password;
    std::string new_password_again;
};
/// Why a password was not changed. `differ` is looked at where nothing else is wrong.
struct PasswordChangeRefused {
    bool old_is_wrong = false;
    bool differ = false;
    std::vector<PasswordProblem> problems;
};

enum class CreateAdminRefusal { not_an_email, email_taken, weak_password };

/// Accounts, sessions and tokens. Owns `users`, `sessions`, `refresh_tokens` and `login_guards`.
/// Any thread, but `register_user`, `log_in`, `change_password` and `create_admin` hash a password:
/// 27 ms of a core, for the hash lane alone. All members throw `db::Unavailable`.
///
/// Always true: an access token is good only while its session is not ended and its user active; of
/// all the refresh tokens of a session one at most is unused; e-mails and usernames are unique
/// whatever their case.
class Identity {
public:
    Identity(db::Database& database, Clock const& clock, Options options);

    /// Whether an account has that e-mail address (or it as its username), in any case of letters.
    bool is_taken(std::string_view email);

    /// Makes an account and begins its first session. Of any number of registrations of one address
    /// at once, one succeeds. Source: contract §3, attack 33.
    std::expected<SignedIn, RegisterRefusal> register_user(NewUser const& wanted, Surface surface);

    /// Begins a session for who knows the password of the account of that username or e-mail
    /// address. Each attempt is counted before the password is looked at, so no number of attempts
    /// at once gets more than `failures_max` looked at. An unknown account is counted and takes
    /// time like a known one; a deactivated one is refused as if the password were wrong. Correct
    /// logins in parallel on one account take turns. Source: contract §3, attack 32.
    std::expected<SignedIn, LoginRefusal> log_in(std::string_view name, std::string_view password,
                                                 Surface surface);

    /// Exchanges a refresh token for a new pair, once. A used one that comes again later than
    /// `refresh_grace` after its exchange was stolen from somebody: its whole session ends. Source:
    /// contract §3, attacks 27 to 29.
    std::expected<TokenPair, RefreshRefusal> refresh(std::string_view token);

    /// Who holds this access token. About 1.5 µs where the session was seen within the last second;
    /// that second is how late another node learns of a session's end. This node learns of it at
    /// once.
    std::expected<ActiveSession, TokenRefusal> authenticate(std::string_view token);

    std::optional<User> find(UserId user);

    /// Changes what is named. A new e-mail address becomes the username too. Source: shop-api 5.
    std::expected<User, ProfileRefusal> update_profile(UserId user, ProfileChange const& change);

    /// Changes the password and ends all the user's other sessions.
    std::expected<void, PasswordChangeRefused> change_password(PasswordChange const& change);

    /// Makes an admin's account, without a session. An account that is there already stays as it
    /// is.
    std::expected<UserId, CreateAdminRefusal> create_admin(std::string_view email,
                                                           std::string_view password);

    /// Deletes sessions that nothing can continue, with their refresh tokens, and login guards that
    /// guard nothing any more: at most about `rows_max` rows of each. Returns how many went; call
    /// again while it is many. Safe on every node at once.
    std::size_t remove_expired(std::size_t rows_max);

private:
    /// What authentication must know of a session.
    struct SessionState {
        UserId user;
        bool admin = false;
        bool ended = false;
        bool user_active = false;
        std::string email;
        bool premium = false;
    };
    struct Attempt;
    struct Exchange;
    struct Opened {
        SessionId session;
        TokenPair tokens;
    };

    std::shared_ptr<SessionState const> session_state(SessionId session);
    Lifetimes const& lifetimes(Surface surface) const;
    Opened open_session(db::Tx& tx, UserId user, Surface surface);
    TokenPair issue_pair(db::Tx& tx, UserId user, SessionId session, Surface surface);
    /// When a session begun or continued now has nothing left that is good.
    Instant session_expiry(Surface surface) const;
    Exchange exchange(db::Tx& tx, std::string const& jti);
    Exchange judge_used(db::Tx& tx, std::string const& jti);
    void forget_on_commit(db::Tx& tx, std::vector<SessionId> sessions);
    Attempt take_attempt(db::Tx& tx, std::string_view name_key);
    std::optional<SignedIn> finish_login(db::Tx& tx, Attempt const& attempt,
                                         std::optional<std::string> const& new_hash,
                                         Surface surface);
    std::optional<User> insert_user(db::Tx& tx, NewUser const& wanted, std::string const& hash);

    db::Database& database_;
    Clock const& clock_;
    Options options_;
    crypto::JwtSigner signer_;
    cache::Cache<SessionId, SessionState> sessions_;
    /// Logins of one account take turns, so that honest ones at once are not each other's failed
    /// attempts.
    std::array<std::mutex, 64> login_turns_;
};

}  // namespace cartwright::identity
