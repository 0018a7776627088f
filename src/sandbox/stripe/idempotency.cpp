#include "sandbox/stripe/idempotency.hpp"

#include "sandbox/stripe/problem.hpp"

namespace cartwright::sandbox::stripe {
namespace {

/// Whether the endpoint began its work: what was refused before may be asked again.
bool is_kept(int status) {
    constexpr int bad_request = 400, payment_required = 402, server_side = 500;
    return status < bad_request || status == payment_required || status >= server_side;
}

http::Response refuse(Problem const& problem) {
    return {.status = problem.status, .body = to_json(problem)};
}

}  // namespace

http::Response Idempotency::answer_once(std::string const& key, std::string const& what,
                                        std::function<http::Response()> const& work) {
    {
        std::lock_guard const lock(mutex_);
        if (auto const* const kept = answers_.find(key)) {
            if (kept->what != what)
                return refuse({.type = "idempotency_error",
                               .message = "Keys for idempotent requests can only be used with the "
                                          "same parameters they were first used with. Try using a "
                                          "key other than '" +
                                          key + "' if you meant to execute a different request."});
            if (!kept->answer) {
                constexpr int conflict = 409;
                return refuse({.status = conflict,
                               .type = "idempotency_error",
                               .message = "There is currently another in-progress request using "
                                          "this Idempotent Key. Please try again later.",
                               .code = "idempotency_key_in_use"});
            }
            auto answer = *kept->answer;
            answer.headers.emplace_back("Idempotent-Replayed", "true");
            return answer;
        }
        answers_.add(key, {.what = what, .answer = {}});
    }
    http::Response answer;
    try {
        answer = work();
    } catch (...) {
        std::lock_guard const lock(mutex_);
        answers_.remove(key);
        throw;
    }
    std::lock_guard const lock(mutex_);
    auto* const kept = answers_.find(key);
    if (kept == nullptr) return answer;
    if (is_kept(answer.status)) {
        kept->answer = answer;
    } else {
        answers_.remove(key);
    }
    return answer;
}

void Idempotency::forget() {
    std::lock_guard const lock(mutex_);
    answers_.clear();
}

}  // namespace cartwright::sandbox::stripe
