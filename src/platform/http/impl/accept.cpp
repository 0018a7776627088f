#include "platform/http/impl/accept.hpp"

#include <fmt/compile.h>
#include <xxhash.h>
#include <zlib.h>

#include "base/check.hpp"
#include "platform/http/impl/ascii.hpp"

namespace cartwright::http {
namespace {

/// A compressor that is set up once a thread: setting up costs more than a small body.
class Compressor {
public:
    Compressor() {
        constexpr int level = 3;
        constexpr int gzip_window_bits = 15 + 16;
        constexpr int memory_level = 8;
        ready_ = deflateInit2(&stream_, level, Z_DEFLATED, gzip_window_bits, memory_level,
                              Z_DEFAULT_STRATEGY) == Z_OK;
    }
    ~Compressor() { deflateEnd(&stream_); }
    Compressor(Compressor const&) = delete;
    Compressor& operator=(Compressor const&) = delete;

    std::string run(std::string_view body) {
        check(ready_ && deflateReset(&stream_) == Z_OK, "zlib can be set up");
        std::string out;
        out.resize(deflateBound(&stream_, body.size()));
        // zlib takes input by a pointer to non-const and does not write to it.
        stream_.next_in = const_cast<Bytef*>(reinterpret_cast<Bytef const*>(body.data()));
        stream_.avail_in = static_cast<uInt>(body.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        check(deflate(&stream_, Z_FINISH) == Z_STREAM_END, "deflateBound is a bound");
        out.resize(out.size() - stream_.avail_out);
        return out;
    }

private:
    z_stream stream_{};
    bool ready_ = false;
};

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
    bool any = false;
    while (!accept_encoding.empty()) {
        auto item = take_until(accept_encoding, ',');
        auto const coding = take_until(item, ';');
        item = trim_blanks(item);
        bool const refused =
            item.starts_with("q=0") && item.find_first_of("123456789") == std::string_view::npos;
        if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) return !refused;
        if (coding == "*") any = !refused;
    }
    return any;
}

bool is_compressible(std::string_view content_type) {
    if (content_type.starts_with("text/html")) return false;
    return content_type.starts_with("text/") || content_type.starts_with("application/json") ||
           content_type.starts_with("application/javascript") ||
           content_type.starts_with("image/svg+xml");
}

std::string gzip(std::string_view body) {
    thread_local Compressor compressor;
    return compressor.run(body);
}

std::string entity_tag(std::string_view body) {
    return fmt::format(FMT_COMPILE("W/\"{:016x}\""), XXH3_64bits(body.data(), body.size()));
}

bool matches_tag(std::string_view if_none_match, std::string_view tag) {
    auto const opaque = [](std::string_view text) {
        return text.starts_with("W/") ? text.substr(2) : text;
    };
    while (!if_none_match.empty()) {
        auto const item = take_until(if_none_match, ',');
        if (item == "*" || opaque(item) == opaque(tag)) return true;
    }
    return false;
}

}  // namespace cartwright::http
