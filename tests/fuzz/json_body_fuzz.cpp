#include <boost/json/serialize.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "platform/http/body.hpp"
#include "platform/http/field_reader.hpp"

using namespace cartwright::http;

/// Whatever the body says: it is refused with words that are UTF-8, or it is read, and read again
/// from its own text it is the same; and every reader of fields copes with every value.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const body = read_body("application/json", bytes);
    if (!cartwright::text::is_utf8(body.problem)) std::abort();
    if (body.state != Body::State::fine) return 0;
    if (size > 0) {
        auto const again = read_body("application/json", boost::json::serialize(body.json));
        if (again.state != Body::State::fine || again.json != body.json) std::abort();
    }
    FieldReader in(body);
    in.text("a", {.length_max = 10, .length_min = 2});
    in.email("a");
    in.integer("a", {.min = -5, .max = 100});
    in.pk("a");
    in.invalid_pk("a");
    in.money("a");
    in.maybe_hundredths("a", 0, 10000);
    in.maybe_boolean("a");
    in.maybe_choice("a", {"x", "y"});
    in.list("a", 5, [](FieldReader& line) { return line.maybe_text("a").value_or(""); });
    if (!cartwright::text::is_utf8(in.problems_json())) std::abort();
    auto const problems = read_body("application/json", in.problems_json());
    if (problems.state != Body::State::fine) std::abort();
    return 0;
}
