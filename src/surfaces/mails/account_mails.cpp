#include "surfaces/mails/account_mails.hpp"

#include <fmt/format.h>

#include <utility>

namespace cartwright::mails {
namespace {

using identity::IssuedProof;
using identity::ProofPurpose;

std::string hello(IssuedProof const& proof) {
    return proof.first_name.empty() ? "Hello," : fmt::format("Hello {},", proof.first_name);
}

Letter verification(IssuedProof const& proof, common::App const& app, ProofWords const& words) {
    auto const what = fmt::format("verify?token={}&otp={}", proof.token, proof.otp);
    return {
        .subject = fmt::format("Verify your {} account", app.brand),
        .heading = "Verify your e-mail address",
        .paragraphs = {hello(proof),
                       fmt::format("welcome to {}. Enter this code in the app, or use one of the "
                                   "buttons below.",
                                   app.brand)},
        .code = proof.otp,
        .code_note = fmt::format("This code is good for {}.", words.otp),
        .buttons = {{fmt::format("Open in {} App", app.brand), common::intent_link(app, what)},
                    {"Verify in Browser",
                     fmt::format("{}/api/auth/verify/{}/", proof.links_at, proof.token)}},
        .app_link = common::deep_link(app, what),
        .note =
            fmt::format("The buttons work for {}, once. If you have not registered with {}, you "
                        "can ignore this mail.",
                        words.link, app.brand)};
}

Letter password_reset(IssuedProof const& proof, common::App const& app, ProofWords const& words) {
    auto const what = fmt::format("reset-password?token={}&otp={}", proof.token, proof.otp);
    return {
        .subject = fmt::format("Reset your {} password", app.brand),
        .heading = "Choose a new password",
        .paragraphs = {hello(proof),
                       fmt::format("somebody, we hope you, asked for a new password of your {} "
                                   "account. Enter this code in the app, or use one of the buttons "
                                   "below.",
                                   app.brand)},
        .code = proof.otp,
        .code_note = fmt::format("This code is good for {}.", words.otp),
        .buttons = {{fmt::format("Open in {} App", app.brand), common::intent_link(app, what)},
                    {"Reset in Browser",
                     fmt::format("{}/api/auth/password-reset/{}/", proof.links_at, proof.token)}},
        .app_link = common::deep_link(app, what),
        .note = fmt::format("The buttons work for {}, once. If it was not you, ignore this mail: "
                            "your password stays as it is.",
                            words.link)};
}

Letter letter(IssuedProof const& proof, common::App const& app, ProofWords const& words) {
    switch (proof.purpose) {
        case ProofPurpose::verification: return verification(proof, app, words);
        case ProofPurpose::password_reset: return password_reset(proof, app, words);
    }
    std::unreachable();
}

}  // namespace

void handle_account_mails(jobs::Outbox& outbox, identity::Identity& identity, Post const& post,
                          ProofWords const& words) {
    auto const handle = [&identity, post, words](jobs::OutboxItem const& item,
                                                 std::string& problem) {
        auto const proof = identity.issue_proof(item.subject_id, item.payload);
        if (!proof) return jobs::Handled::done;  // replaced, spent, or nobody's
        return send(post, proof->email, letter(*proof, post.app, words),
                    fmt::format("proof-{}-{}", item.id, item.attempt), problem);
    };
    outbox.on(identity::verification_topic, handle);
    outbox.on(identity::password_reset_topic, handle);
}

}  // namespace cartwright::mails
