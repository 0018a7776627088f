#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "platform/http/impl/request_parser.hpp"

namespace {

using cartwright::http::RequestParser;
using State = RequestParser::State;

constexpr std::size_t body_max = 4096;

/// What the parser makes of `bytes` when they arrive `piece` at a time.
std::string read_all(std::string_view bytes, std::size_t piece) {
    RequestParser parser(2048, 1024);
    std::string seen;
    std::string held;
    while (true) {
        bool const in_head = parser.state() == State::head;
        auto const used = parser.feed(held);
        if (used > held.size()) std::abort();
        held.erase(0, used);
        if (in_head && parser.state() == State::body) parser.set_body_max(body_max);
        if (parser.body().size() > body_max) std::abort();
        if (parser.state() == State::refused) return seen + "refused";
        if (parser.state() == State::complete) {
            auto const& head = parser.head();
            seen.append(head.method_name).append(" ").append(head.target).append("\n");
            for (auto const& [name, value] : head.headers)
                seen.append(name).append(":").append(value).append("\n");
            seen.append(parser.body()).append("\n");
            parser.reset();
            continue;
        }
        if (used > 0 && !held.empty()) continue;
        if (bytes.empty()) return seen;
        held += bytes.substr(0, piece);
        bytes.remove_prefix(piece < bytes.size() ? piece : bytes.size());
    }
}

}  // namespace

/// Whatever arrives, in pieces of whatever size: the same requests are read, within the limits.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const whole = read_all(bytes, size + 1);
    for (std::size_t const piece : {std::size_t{1}, std::size_t{7}, std::size_t{64}})
        if (read_all(bytes, piece) != whole) std::abort();
    return 0;
}
