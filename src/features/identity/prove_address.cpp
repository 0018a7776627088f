#include <fmt/format.h>

#include <charconv>

#include "base/check.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "features/identity/impl/found_proof.hpp"
#include "features/identity/impl/proof_rows.hpp"
#include "features/identity/impl/user_rows.hpp"

namespace cartwright::identity {
namespace {

/// Whoever asks again makes the earlier pair worthless at once, not when the new mail goes out.
constexpr db::Query request{
    "identity.request_proof",
    "INSERT INTO account_proofs (account_key, purpose, user_id, request, expires_at) "
    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT (account_key, purpose) DO UPDATE SET "
    "user_id = $3, request = $4, expires_at = $5, token_hash = NULL, otp_hash = NULL, "
    "otp_attempts = 0, otp_expires_at = NULL RETURNING id"};
constexpr db::Query find_request{
    "identity.find_proof_request",
    "SELECT account_key, purpose, user_id FROM account_proofs WHERE id = $1 AND request = $2"};
constexpr db::Query fill{
    "identity.fill_proof",
    "UPDATE account_proofs SET token_hash = $3, otp_hash = $4, otp_attempts = 0, "
    "otp_expires_at = $5, expires_at = $6 WHERE id = $1 AND request = $2"};
constexpr db::Query live_token{
    "identity.live_proof_token",
    "SELECT id FROM account_proofs WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3"};
constexpr db::Query set_verified{"identity.set_verified",
                                 "UPDATE users SET is_verified = 1, updated_at = $2 WHERE id = $1"};

constexpr std::size_t request_bytes = 8;
constexpr std::size_t token_bytes = 32;

/// Six digits, each as likely as any other to one part in 10^13.
std::string random_otp() {
    auto const hex = random_hex(sizeof(std::uint64_t));
    std::uint64_t number = 0;
    std::from_chars(hex.data(), hex.data() + hex.size(), number, 16);
    constexpr std::uint64_t otps = 1'000'000;
    return fmt::format("{:06}", number % otps);
}

/// Whether an account that is there has use for such a proof.
bool has_use(User const& user, ProofPurpose purpose) {
    if (!user.is_active) return false;
    return purpose == ProofPurpose::password_reset || !user.is_verified;
}

struct Request {
    std::string account;
    ProofPurpose purpose = ProofPurpose::verification;
    std::optional<UserId> user;
};

constexpr auto read_request = [](db::Row const& row) {
    return Request{row.string(0),
                   row.text(1) == to_string(ProofPurpose::verification)
                       ? ProofPurpose::verification
                       : ProofPurpose::password_reset,
                   row.is_null(2) ? std::nullopt : std::optional(row.id<UserId>(2))};
};

}  // namespace

std::string_view to_string(ProofPurpose purpose) {
    return purpose == ProofPurpose::verification ? "verification" : "password_reset";
}

void Identity::request_proof(db::Tx& tx, ProofPurpose purpose, std::string const& account,
                             std::optional<UserId> user, std::string_view links_at) {
    auto const nonce = random_hex(request_bytes);
    auto const id = tx.first(
        request, [](db::Row const& row) { return row.integer(0); }, account, to_string(purpose),
        user, nonce, clock_.now() + options_.link);
    check(id.has_value(), "a request for a proof has a row");
    // What the mail is to carry does not exist yet, so the outbox holds no secret.
    outbox_.add(tx,
                purpose == ProofPurpose::verification ? verification_topic : password_reset_topic,
                *id, fmt::format("{} {}", nonce, links_at));
}

void Identity::request_proof(ProofPurpose purpose, std::string_view email,
                             std::string_view links_at) {
    auto const name_key = text::to_lower_ascii(email);
    database_.write([&](db::Tx& tx) {
        auto row = user_by_name(tx, name_key);
        if (row && !has_use(row->user, purpose)) row.reset();
        request_proof(tx, purpose, account_key(row, name_key),
                      row ? std::optional(row->user.id) : std::nullopt, links_at);
    });
}

void Identity::request_verification(std::string_view email, std::string_view links_at) {
    request_proof(ProofPurpose::verification, email, links_at);
}

void Identity::request_password_reset(std::string_view email, std::string_view links_at) {
    request_proof(ProofPurpose::password_reset, email, links_at);
}

std::string Identity::otp_hash(std::size_t secret, ProofPurpose purpose, std::string_view account,
                               std::string_view otp) const {
    std::string code;
    otp_keys_[secret].append_code(code,
                                  fmt::format("otp:{}:{}:{}", to_string(purpose), account, otp));
    return crypto::sha256_hex(code);
}

bool Identity::is_otp(std::string_view hash, ProofPurpose purpose, std::string_view account,
                      std::string_view otp) const {
    bool found = false;
    for (std::size_t secret = 0; secret < otp_keys_.size(); ++secret)
        found |= crypto::equal_in_constant_time(hash, otp_hash(secret, purpose, account, otp));
    return found;
}

std::optional<IssuedProof> Identity::issue_proof(std::int64_t proof, std::string_view payload) {
    auto const space = payload.find(' ');
    auto const nonce = payload.substr(0, space);
    IssuedProof issued;
    issued.token = random_hex(token_bytes);
    issued.otp = random_otp();
    issued.links_at = space == std::string_view::npos ? "" : payload.substr(space + 1);
    bool const is_somebodys = database_.write([&](db::Tx& tx) {
        auto const asked = tx.first(find_request, read_request, proof, nonce);
        if (!asked) return false;
        issued.purpose = asked->purpose;
        auto const now = clock_.now();
        tx.execute(fill, proof, nonce, crypto::sha256_hex(issued.token),
                   otp_hash(0, asked->purpose, asked->account, issued.otp), now + options_.otp,
                   now + options_.link);
        auto const row = asked->user ? user_by_id(tx, *asked->user) : std::nullopt;
        if (!row || !has_use(row->user, asked->purpose)) return false;
        issued.email = row->user.email;
        issued.first_name = row->user.first_name;
        return true;
    });
    return is_somebodys ? std::optional(std::move(issued)) : std::nullopt;
}

Identity::FoundProof Identity::take_proof(db::Tx& tx, ProofPurpose purpose, Proof const& proof) {
    auto const now = clock_.now();
    if (!proof.token.empty()) {
        auto const taken = take_by_token(tx, purpose, proof.token, now);
        if (!taken || !taken->user) return {.user = {}, .refused = ProofRefusal::wrong_token};
        return {.user = *taken->user, .refused = {}};
    }
    auto const name_key = text::to_lower_ascii(proof.email);
    auto row = user_by_name(tx, name_key);
    if (!row && purpose == ProofPurpose::verification)
        return {.user = {}, .refused = ProofRefusal::unknown_account};
    if (row && !has_use(row->user, purpose)) row.reset();
    auto const account = account_key(row, name_key);
    auto const taken = count_otp_look(tx, purpose, account, options_.otp_failures_max, now);
    if (!taken) return {.user = {}, .refused = ProofRefusal::no_live_otp};
    if (!is_otp(taken->otp_hash, purpose, account, proof.otp) || !taken->user)
        return {.user = {}, .refused = ProofRefusal::wrong_otp};
    spend_proof(tx, taken->id);
    return {.user = *taken->user, .refused = {}};
}

std::expected<void, ProofRefusal> Identity::verify(Proof const& proof) {
    // A value even where the proof is refused, for the count of a wrong OTP is to be kept.
    auto const refused = database_.write([&](db::Tx& tx) {
        auto const found = take_proof(tx, ProofPurpose::verification, proof);
        if (!found.refused) tx.execute(set_verified, found.user, clock_.now());
        return found.refused;
    });
    if (refused) return std::unexpected(*refused);
    return {};
}

bool Identity::is_live_token(ProofPurpose purpose, std::string_view token) {
    auto const hash = crypto::sha256_hex(token);
    return database_
        .read([&](db::Read& read) {
            return read.first(
                live_token, [](db::Row const& row) { return row.integer(0); }, hash,
                to_string(purpose), clock_.now());
        })
        .has_value();
}

bool Identity::would_verify(std::string_view token) {
    return is_live_token(ProofPurpose::verification, token);
}

bool Identity::would_reset(std::string_view token) {
    return is_live_token(ProofPurpose::password_reset, token);
}

}  // namespace cartwright::identity
