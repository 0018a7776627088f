#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "features/crm/impl/answers.hpp"

namespace cartwright::crm {
namespace {

using std::chrono::seconds;

constexpr int too_many = 429;
constexpr seconds wait_default{10};
constexpr seconds wait_of_day{3600};

/// The policy's name stands in the body. Looked for, not parsed: a proxy's page may be there.
seconds wait_of(client::Answer const& answer) {
    if (auto const after = answer.header("retry-after"))
        if (auto const sent = text::to_int(*after))
            return std::clamp(seconds(*sent), seconds(1), wait_of_day);
    return answer.body.find("\"DAILY\"") != std::string::npos ? wait_of_day : wait_default;
}

}  // namespace

Told judge(std::string_view who, client::Answer const& answer) {
    auto const status = answer.status;
    if (status >= 200 && status < 300) return {};
    auto message = fmt::format("{} answered {}", who, status);
    if (status == too_many) return {Told::What::later, std::move(message), wait_of(answer)};
    bool const may_change = status == 408 || status >= 500;
    return {may_change ? Told::What::again : Told::What::refused, std::move(message)};
}

}  // namespace cartwright::crm
