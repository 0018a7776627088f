#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/money.hpp"
#include "platform/http/body.hpp"

namespace cartwright::http {

struct TextRules {
    std::size_t length_max = std::numeric_limits<std::size_t>::max();  ///< code points
    std::size_t length_min = 0;
    bool blank_allowed = false;
    bool trimmed = true;
};

struct IntegerRules {
    std::int64_t min = std::numeric_limits<std::int64_t>::min();
    std::int64_t max = std::numeric_limits<std::int64_t>::max();
    std::string_view below_min =
        {};  ///< instead of "Ensure this value is greater than or equal to N."
};

/// Reads the fields of a body one by one, in the order in which their problems are to be shown, and
/// collects every problem instead of stopping at the first. The messages are those of Django REST
/// Framework 3.14
/// (`drf-oracle`), which both surfaces use for fields. After a problem a reader returns an empty
/// value: look at `if (!in)` before using what was read.
///
/// A name that is absent is a problem ("This field is required.") for the plain readers and nothing
/// for the `maybe_` ones; those are for optional fields. null is a problem unless the rules allow
/// it. An input left blank in a form counts as absent for the `maybe_` readers alone: a PATCH reads
/// what the whole must have by a plain reader where it was sent (`whole || in.has("name")`).
class FieldReader {
public:
    explicit FieldReader(Body const& body);

    std::string text(std::string_view name, TextRules const& rules = {});
    std::optional<std::string> maybe_text(std::string_view name, TextRules const& rules = {});

    /// An e-mail address: RFC 5321 in Django's reading, 254 characters at most. As sent, not
    /// lower-cased.
    std::string email(std::string_view name);

    /// Numbers beyond 64 bits that the rules would allow come back as the type's extreme.
    std::int64_t integer(std::string_view name, IntegerRules const& rules = {});
    std::optional<std::int64_t> maybe_integer(std::string_view name,
                                              IntegerRules const& rules = {});

    /// The id of another row, as DRF's primary-key field reads it: a wrong type is "Incorrect type.
    /// Expected pk value, received str."; whether the row exists is the caller's question
    /// (`invalid_pk`). 0: no id or a number that no row can have.
    std::int64_t pk(std::string_view name);
    std::optional<std::int64_t> maybe_pk(std::string_view name);
    /// Adds `Invalid pk "999" - object does not exist.` with the value as it was sent.
    void invalid_pk(std::string_view name);

    /// A price: two decimals, 0 to 99999999.99 (contract §2) unless `max` says less.
    Money money(std::string_view name);
    std::optional<Money> maybe_money(std::string_view name);

    /// A decimal with two places and other bounds, in hundredths (a percentage, say).
    std::int64_t hundredths(std::string_view name, std::int64_t min_hundredths,
                            std::int64_t max_hundredths);
    std::optional<std::int64_t> maybe_hundredths(std::string_view name, std::int64_t min_hundredths,
                                                 std::int64_t max_hundredths);

    std::optional<bool> maybe_boolean(std::string_view name);

    /// One of `choices` (exact case): `"root" is not a valid choice.`
    std::string choice(std::string_view name, std::vector<std::string_view> const& choices);
    std::optional<std::string> maybe_choice(std::string_view name,
                                            std::vector<std::string_view> const& choices);

    /// A list of objects, each read by `read_one` from a reader of its own; the problems come per
    /// line, `{}` for the good ones. An empty list is a problem unless allowed; more than
    /// `count_max` is one too.
    template <class ReadOne>
    auto list(std::string_view name, std::size_t count_max, ReadOne&& read_one) {
        std::vector<std::invoke_result_t<ReadOne&, FieldReader&>> lines;
        each_line(name, count_max, [&](FieldReader& line) { lines.push_back(read_one(line)); });
        return lines;
    }

    bool has(std::string_view name) const;      ///< sent, even as null
    bool is_null(std::string_view name) const;  ///< sent as null

    /// Adds a problem of the caller's own to a field. A field keeps all that is said of it, in
    /// order.
    void problem(std::string_view field, std::string_view message);
    bool has_problem(std::string_view field) const;

    /// Whether everything read so far is well.
    explicit operator bool() const { return body_.state == Body::State::fine && problems_.empty(); }

    /// Field problems as a JSON object: {"email":["This field is required."],…}. For a body that is
    /// not an object it is {"non_field_errors":[…]}. Empty object where there is none.
    std::string problems_json() const;
    Body const& body() const { return body_; }

private:
    FieldReader(Body const& body, boost::json::value const& value);
    void each_line(std::string_view name, std::size_t count_max,
                   std::function<void(FieldReader&)> const& read_one);
    boost::json::value const* find(std::string_view name) const;
    boost::json::value const* required(std::string_view name);
    boost::json::value const* given(std::string_view name);
    std::optional<std::string> read_text(std::string_view name, boost::json::value const& value,
                                         TextRules const& rules);
    std::optional<std::int64_t> read_integer(std::string_view name, boost::json::value const& value,
                                             IntegerRules const& rules);
    std::optional<std::int64_t> read_pk(std::string_view name, boost::json::value const& value);
    std::optional<std::string> read_choice(std::string_view name, boost::json::value const& value,
                                           std::vector<std::string_view> const& choices);
    std::optional<std::int64_t> read_hundredths(std::string_view name,
                                                boost::json::value const& value, std::int64_t min,
                                                std::int64_t max);

    Body const& body_;
    boost::json::object const* fields_ = nullptr;
    /// Field name and its problems as a rendered JSON value, in order.
    std::vector<std::pair<std::string, std::string>> problems_;
};

}  // namespace cartwright::http
