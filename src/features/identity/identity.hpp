#pragma once

#include <array>
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ids.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "features/identity/common_passwords.hpp"
#include "features/identity/password_rules.hpp"
#include "features/identity/proofs.hpp"
#include "features/identity/session.hpp"
#include "features/identity/user.hpp"
#include "platform/cache/cache.hpp"
#include "platform/crypto/jwt.hpp"
#include "platform/crypto/password.hpp"
#include "platform/db/database.hpp"
#include "platform/jobs/outbox.hpp"

/// People, their sessions and what guards their logins. Source: contract §3.
namespace cartwright::identity {

struct Claims;

struct Lifetimes {
    std::chrono::seconds access;
    std::chrono::seconds refresh;
};

/// The settings of this feature.
struct Options {
    std::vector<std::string> secrets;  ///< the first signs tokens, all verify them
    Lifetimes shop{std::chrono::minutes{15}, std::chrono::days{1}};
    Lifetimes customer{std::chrono::days{7}, std::chrono::days{30}};
    std::chrono::seconds legacy_token = std::chrono::days{30};
    std::chrono::seconds otp = std::chrono::minutes{25};
    std::chrono::seconds link = std::chrono::hours{24};
    std::chrono::seconds refresh_grace{10};  ///< an old refresh token used again sooner is no theft
    std::chrono::seconds lockout = std::chrono::minutes{60};
    int failures_max = 5;      ///< failed logins in a row that lock an account
    int otp_failures_max = 5;  ///< wrong OTPs that kill the right one
    crypto::PasswordCost password_cost;
    CommonPasswords common_passwords = {};
    std::size_t sessions_cached_max = 100'000;
    std::size_t tokens_cached_max = 20'000;  ///< verified access tokens, about 0.5 KiB each
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
    TokenPair tokens;          ///< of a JWT session
    std::string legacy_token;  ///< of a legacy session
    Instant expires_at;
};

/// Who is calling, by an access token or a legacy token.
struct ActiveSession {
    UserId user;
    SessionId id;
    SessionKind kind = SessionKind::jwt;
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
    std::string email;     ///< well-formed
    std::string username;  ///< empty: the address; one with an '@' must be the address
    std::string password;
    std::string first_name;
    std::string last_name;
    std::optional<std::string> phone_number;  ///< E.164
    UserType type = UserType::customer;
    bool is_verified = false;
    std::string links_at;  ///< "https://shop.example", for the verification mail; empty: none
    audit::Actor by = {};  ///< an admin who makes somebody else's account is in the audit log
};
enum class RegisterRefusal { email_taken, username_taken, weak_password };

enum class LoginRefusal {
    wrong_credentials,
    locked,
    unverified  ///< on the customer surface, and only for who knows the password
};

enum class RefreshRefusal {
    invalid,  ///< not a token of ours, or of a session that is gone
    expired,
    wrong_type,  ///< an access token
    used         ///< already exchanged, or its session was ended
};

/// What is not named stays as it is.
struct ProfileChange {
    std::optional<std::string> email;  ///< well-formed
    std::optional<std::string> first_name;
    std::optional<std::string> last_name;
    // The inner nothing clears the field.
    std::optional<std::optional<std::string>> phone_number;
    std::optional<std::optional<std::string>> profile_image;
    std::optional<std::optional<std::string>> date_of_birth;
    std::optional<std::optional<Gender>> gender;
    std::optional<Language> language;
    std::optional<bool> email_notifications;
    std::optional<bool> sms_notifications;
    std::optional<bool> push_notifications;
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
    bool locked = false;  ///< too many wrong ones: the old one was not looked at
    bool old_is_wrong = false;
    bool differ = false;
    std::vector<PasswordProblem> problems;
};

/// Why a password was not reset. Exactly one of both says something.
struct ResetRefused {
    std::optional<ProofRefusal> proof;
    std::vector<PasswordProblem> problems;
};

enum class DeleteRefusal { wrong_password, last_admin, locked };

enum class CreateAdminRefusal { not_an_email, email_taken, weak_password };

/// Accounts, sessions and tokens. Owns `users`, `sessions`, `refresh_tokens`, `login_guards` and
/// `account_proofs`. Any thread, but `register_user`, `log_in`, `change_password`,
/// `reset_password`, `delete_account` and `create_admin` hash a password: 27 ms of a core, for the
/// hash lane alone. All members throw `db::Unavailable`.
///
/// Always true: an access token is good only while its session is not ended and its user active; of
/// all the refresh tokens of a session one at most is unused; e-mails and usernames are unique
/// whatever their case.
class Identity {
public:
    Identity(db::Database& database, Clock const& clock, Options options, jobs::Outbox& outbox);

    /// `listener` runs after every commit of this process that has ended sessions, or changed what
    /// their user may do, before anybody is answered. It must not throw. Before the first use.
    void on_session_change(std::function<void(std::span<SessionId const>)> listener);
    /// Another node has: what is remembered of these sessions is not used any more.
    void forget(std::span<SessionId const> sessions);

    /// Whether an account has that e-mail address or username, in any case of letters.
    bool is_taken(std::string_view name);

    /// All that is wrong with a password that somebody wants: the rules, and the operator's list.
    std::vector<PasswordProblem> password_problems(std::string_view password,
                                                   Person const& person) const;

    /// Makes an account and begins its first session. Of any number of registrations of one address
    /// at once, one succeeds. Source: contract §3, attack 33.
    std::expected<SignedIn, RegisterRefusal> register_user(NewUser const& wanted,
                                                           NewSession const& session);

    /// Begins a session for who knows the password of the account of that username or e-mail
    /// address. Each attempt is counted before the password is looked at, so no number of attempts
    /// at once gets more than `failures_max` looked at. An unknown account is counted and takes
    /// time like a known one; a deactivated one is refused as if the password were wrong. Correct
    /// logins in parallel on one account take turns. Source: contract §3, attack 32.
    std::expected<SignedIn, LoginRefusal> log_in(std::string_view name, std::string_view password,
                                                 NewSession const& wanted);

    /// Exchanges a refresh token for a new pair, once. A used one that comes again later than
    /// `refresh_grace` after its exchange was stolen from somebody: its whole session ends. Source:
    /// contract §3, attacks 27 to 29.
    std::expected<TokenPair, RefreshRefusal> refresh(std::string_view token);

    /// Who holds this access token. About 1.5 µs where the session was seen within the last second;
    /// that second is how late another node learns of a session's end. This node learns of it at
    /// once.
    std::expected<ActiveSession, TokenRefusal> authenticate(std::string_view token);

    /// Who holds this legacy token. Costs what `authenticate` does.
    std::expected<ActiveSession, TokenRefusal> authenticate_legacy(std::string_view token);

    /// Whether a JWT is good: an access token of a live session, or such a session's unused refresh
    /// token. Source: customer-api "JWT Token Verification".
    std::expected<void, TokenRefusal> check_token(std::string_view token);

    /// Whose session a refresh token continues, if only it were used.
    std::expected<SessionId, RefreshRefusal> session_of(std::string_view refresh_token,
                                                        UserId user);

    /// Ends sessions, at once on this node. Returns how many.
    std::int64_t log_out(Logout const& wanted);

    /// The user's live sessions of that kind (of all where it is nothing), newest first, 100 at
    /// most.
    std::vector<SessionView> list_sessions(UserId user, std::optional<SessionKind> kind);
    std::int64_t count_sessions(UserId user);

    /// Ends the user's JWT session of that key; nothing where there is none.
    std::optional<SessionView> end_session(UserId user, std::string_view key);

    /// Writes when sessions were last used, as far as this node has seen it since the last call.
    /// Called once a minute. Returns how many sessions.
    std::size_t write_activity();

    /// Has a new verification mail sent and kills the earlier one's pair. An address that nobody
    /// has, or that is verified already, takes the same time and gets no mail. Source: contract §3.
    void request_verification(std::string_view email, std::string_view links_at);
    /// Ditto, for a new password.
    void request_password_reset(std::string_view email, std::string_view links_at);

    /// Makes the pair of an outbox item (its subject and payload), in place of one that was not
    /// sent. Nothing: there is nothing to send, for it was replaced, spent, or is nobody's.
    std::optional<IssuedProof> issue_proof(std::int64_t proof, std::string_view payload);

    /// Verifies the account, once. At most `otp_failures_max` OTPs are looked at, however many come
    /// at once. Source: contract §3, attacks 30, 31.
    std::expected<void, ProofRefusal> verify(Proof const& proof);
    /// Whether `verify` would take this token now.
    bool would_verify(std::string_view token);

    /// Sets a new password, once, and ends all sessions. Hashes before it looks, so that a wrong
    /// proof costs what a right one does. Source: contract §3, attack 30.
    std::expected<void, ResetRefused> reset_password(Proof const& proof, std::string_view password);
    /// Whether `reset_password` would take this token now.
    bool would_reset(std::string_view token);

    /// Makes the account nobody's: the row stays for the books, what tells of the person goes, and
    /// so do the sessions. Others hear of it by `account_deleted_topic`. The last admin
    /// stays. Source: contract §10.
    std::expected<void, DeleteRefusal> delete_account(UserId user, std::string_view password);

    std::optional<User> find(UserId user);

    /// Changes what is named. A new e-mail address becomes the username too where the old one was,
    /// and is not verified yet. Source: shop-api 5, customer-api "Update Profile".
    std::expected<User, ProfileRefusal> update_profile(UserId user, ProfileChange const& change);

    /// How many accounts there are that are not deleted. Counts rows: for the scan lane.
    std::int64_t count_users(UserFilter const& filter);
    /// `limit` of them after the first `offset`, by id unless told otherwise.
    std::vector<User> list_users(UserFilter const& filter,
                                 std::vector<UserOrdering> const& ordering, std::int64_t offset,
                                 std::int64_t limit);

    /// An admin changes somebody's account. Sessions of a deactivated user end with the commit;
    /// other rights are rights at once on this node. Two admins who take each other's rights take
    /// turns, so that one is left. In the audit log. Source: contract §10.
    std::expected<User, UserChangeRefusal> change_user(UserId user, UserChange const& change,
                                                       audit::Actor const& by);

    /// Changes the password and ends all the user's other sessions.
    std::expected<void, PasswordChangeRefused> change_password(PasswordChange const& change);

    /// Makes an admin's account, without a session. An account that is there already stays as it
    /// is.
    std::expected<UserId, CreateAdminRefusal> create_admin(std::string_view email,
                                                           std::string_view password);

    /// Deletes sessions that nothing can continue, with their refresh tokens, login guards that
    /// guard nothing any more, and expired proofs: at most about `rows_max` rows of each. Returns
    /// how many went; call again while it is many. Safe on every node at once.
    std::size_t remove_expired(std::size_t rows_max);

private:
    /// What authentication must know of a session.
    struct SessionState {
        UserId user;
        SessionKind kind = SessionKind::jwt;
        Instant expires_at;
        bool admin = false;
        bool ended = false;
        bool user_active = false;
        std::string email;
        bool premium = false;
        std::string token_hash;  ///< of a legacy session
    };
    /// A token ends with its signature, whose characters are as good as drawn at random.
    struct BySignature {
        std::size_t operator()(std::string_view token) const {
            return std::hash<std::string_view>{}(
                token.substr(token.size() - std::min<std::size_t>(token.size(), 16)));
        }
    };
    struct Attempt;
    struct Finished;
    struct Exchange;
    struct FoundProof;

    std::expected<std::shared_ptr<Claims const>, TokenRefusal> verified(std::string_view token);
    std::shared_ptr<SessionState const> session_state(SessionId session);
    /// `token_hash` is that of the legacy token that was shown: a database that was put back to an
    /// earlier day gives out numbers again, and a token in memory must not open such a session.
    std::expected<ActiveSession, TokenRefusal> judge(SessionId session, SessionKind kind,
                                                     std::string_view token_hash = {});
    void note_activity(SessionId session);
    Lifetimes const& lifetimes(Surface surface) const;
    SignedIn open_session(db::Tx& tx, User user, NewSession const& wanted);
    TokenPair issue_pair(db::Tx& tx, UserId user, SessionId session, Surface surface);
    /// When a session begun or continued now has nothing left that is good.
    Instant session_expiry(Surface surface) const;
    Exchange exchange(db::Tx& tx, std::string const& jti);
    Exchange judge_used(db::Tx& tx, std::string const& jti);
    void forget_on_commit(db::Tx& tx, std::vector<SessionId> sessions);
    Attempt take_attempt(db::Tx& tx, std::string_view name_key);
    enum class Checked { right, wrong, locked };
    /// Judges the password that a logged-in user repeats. Wrong ones are counted and lock as those
    /// of logins do, in a count of their own: who holds a stolen session can neither guess on nor
    /// lock its owner out.
    Checked check_password(UserId user, std::string_view password, std::string const& hash);
    /// Counts a try as failed before it is looked at. False: there were too many.
    bool take_try(db::Tx& tx, std::string_view guard);
    Finished finish_login(db::Tx& tx, Attempt const& attempt,
                          std::optional<std::string> const& new_hash, NewSession const& wanted);
    std::optional<User> insert_user(db::Tx& tx, NewUser const& wanted, std::string const& hash);
    void request_proof(db::Tx& tx, ProofPurpose purpose, std::string const& account,
                       std::optional<UserId> user, std::string_view links_at);
    void request_proof(ProofPurpose purpose, std::string_view email, std::string_view links_at);
    std::string otp_hash(std::size_t secret, ProofPurpose purpose, std::string_view account,
                         std::string_view otp) const;
    bool is_otp(std::string_view hash, ProofPurpose purpose, std::string_view account,
                std::string_view otp) const;
    FoundProof take_proof(db::Tx& tx, ProofPurpose purpose, Proof const& proof);
    bool is_live_token(ProofPurpose purpose, std::string_view token);

    db::Database& database_;
    Clock const& clock_;
    Options options_;
    jobs::Outbox& outbox_;
    crypto::JwtSigner signer_;
    std::vector<crypto::HmacKey> otp_keys_;
    /// What verified access tokens say; never changes.
    cache::Cache<std::string, Claims, BySignature> tokens_;
    cache::Cache<SessionId, SessionState> sessions_;
    cache::Cache<std::string, SessionId> legacy_tokens_;  ///< by their hashes; never changes
    std::function<void(std::span<SessionId const>)> on_session_change_;
    std::mutex activity_mutex_;
    std::unordered_map<SessionId, Instant> activity_;
    /// Logins of one account take turns, so that honest ones at once are not each other's failed
    /// attempts.
    std::array<std::mutex, 64> login_turns_;
};

}  // namespace cartwright::identity
