#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/text.hpp"
#include "platform/http/body.hpp"

using namespace cartwright::http;

/// The first line is the content type, the rest the body. What is read lies within the body and is
/// text where it must be.
extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const bytes(reinterpret_cast<char const*>(data), size);
    auto const line_end = bytes.find('\n');
    if (line_end == std::string_view::npos) return 0;
    auto const content = bytes.substr(line_end + 1);
    auto const body = read_body(bytes.substr(0, line_end), content);
    if (body.uploads.size() > 100) std::abort();
    for (auto const& upload : body.uploads) {
        if (!cartwright::text::is_utf8(upload.field) ||
            !cartwright::text::is_utf8(upload.file_name))
            std::abort();
        if (upload.content.data() < content.data() ||
            upload.content.data() + upload.content.size() > content.data() + content.size())
            std::abort();
    }
    return 0;
}
