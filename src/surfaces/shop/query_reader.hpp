#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "base/time.hpp"
#include "platform/http/message.hpp"

namespace cartwright::shop {

/// The parameter without white space around it; nothing where there is none left.
std::optional<std::string_view> given(http::QueryParams const& query, std::string_view name);

/// Reads the parameters of a list and collects what cannot be understood. What was not sent, or is
/// blank, is nothing.
class QueryReader {
public:
    explicit QueryReader(http::QueryParams const& query);

    std::optional<std::string> text(std::string_view name);
    std::optional<std::int64_t> integer(std::string_view name);
    std::optional<bool> flag(std::string_view name);       ///< true, false, 1, 0
    std::optional<Money> price(std::string_view name);     ///< "999.99"
    std::optional<Instant> moment(std::string_view name);  ///< a date (its first second), or a time

    /// What the word stands for in `known`, an array of pairs: {"waiting", State::waiting}, …
    template <class Words>
    auto choice(std::string_view name, Words const& known)
        -> std::optional<typename Words::value_type::second_type> {
        auto const word = given(query_, name);
        if (!word) return std::nullopt;
        auto const found = std::ranges::find(known, *word, &Words::value_type::first);
        if (found != known.end()) return found->second;
        problem(name, "\"" + std::string(*word) + "\" is not a valid choice.");
        return std::nullopt;
    }

    /// A comma-separated list of fields, "-" before those that descend. `whose` begins the refusal:
    /// "Products".
    template <class Words>
    auto ordering(std::string_view whose, Words const& known)
        -> std::vector<std::pair<typename Words::value_type::second_type, bool>> {
        std::vector<std::pair<typename Words::value_type::second_type, bool>> read;
        for (auto const& [field, descending] : ordering_words()) {
            auto const found = std::ranges::find(known, field, &Words::value_type::first);
            if (found == known.end()) {
                problem("ordering", std::string(whose) + " cannot be ordered by this.");
                break;
            }
            read.emplace_back(found->second, descending);
        }
        return read;
    }

    void problem(std::string_view name, std::string message);
    bool fine() const { return problems_.empty(); }
    /// 400 with every problem by its parameter.
    http::Response bad_request() const;

private:
    std::vector<std::pair<std::string_view, bool>> ordering_words();

    http::QueryParams const& query_;
    std::vector<std::pair<std::string_view, std::string>> problems_;
};

}  // namespace cartwright::shop
