#include <cstdint>

#include "features/catalog/images.hpp"

namespace cartwright::catalog {
namespace {

std::uint32_t byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

std::uint32_t big16(std::string_view bytes, std::size_t at) {
    return byte_at(bytes, at) << 8U | byte_at(bytes, at + 1);
}

std::uint32_t big32(std::string_view bytes, std::size_t at) {
    return big16(bytes, at) << 16U | big16(bytes, at + 2);
}

std::uint32_t little16(std::string_view bytes, std::size_t at) {
    return byte_at(bytes, at) | byte_at(bytes, at + 1) << 8U;
}

std::uint32_t little32(std::string_view bytes, std::size_t at) {
    return little16(bytes, at) | little16(bytes, at + 2) << 16U;
}

/// The signature, then IHDR with a width and a height. Source: PNG (third edition) §5, §11.2.1.
bool is_png(std::string_view bytes) {
    constexpr std::string_view signature = "\x89PNG\r\n\x1a\n";
    constexpr std::uint32_t side_max = 0x7fffffff;
    if (bytes.size() < 45 || !bytes.starts_with(signature)) return false;
    if (big32(bytes, 8) != 13 || bytes.substr(12, 4) != "IHDR") return false;
    auto const width = big32(bytes, 16);
    auto const height = big32(bytes, 20);
    auto const depth = byte_at(bytes, 24);
    return width >= 1 && width <= side_max && height >= 1 && height <= side_max &&
           (depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16) &&
           byte_at(bytes, 25) <= 6 && byte_at(bytes, 26) == 0 && byte_at(bytes, 27) == 0 &&
           byte_at(bytes, 28) <= 1;
}

/// Source: GIF89a §17, §18.
bool is_gif(std::string_view bytes) {
    if (bytes.size() < 14) return false;
    if (!bytes.starts_with("GIF87a") && !bytes.starts_with("GIF89a")) return false;
    return little16(bytes, 6) > 0 && little16(bytes, 8) > 0;
}

/// Source: RFC 9649 §2.
bool is_webp(std::string_view bytes) {
    if (bytes.size() < 30 || !bytes.starts_with("RIFF") || bytes.substr(8, 4) != "WEBP")
        return false;
    auto const size = little32(bytes, 4);
    if (size < 12 || size > bytes.size() - 8) return false;
    auto const chunk = bytes.substr(12, 4);
    if (chunk == "VP8X") return true;
    if (chunk == "VP8L") return byte_at(bytes, 20) == 0x2f;
    return chunk == "VP8 " && bytes.substr(23, 3) == "\x9d\x01\x2a";
}

/// Segments from the first marker to a frame header that has a width and a height. Source: ITU-T
/// T.81 §B.2.
bool is_jpeg(std::string_view bytes) {
    if (!bytes.starts_with("\xff\xd8\xff")) return false;
    std::size_t at = 2;
    while (at + 4 <= bytes.size()) {
        if (byte_at(bytes, at) != 0xff) return false;
        auto const marker = byte_at(bytes, at + 1);
        if (marker == 0xff) {  // fill
            ++at;
            continue;
        }
        auto const length = big16(bytes, at + 2);
        bool const is_frame =
            marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
        if (is_frame) {
            return length >= 8 && at + 10 <= bytes.size() && big16(bytes, at + 5) > 0 &&
                   big16(bytes, at + 7) > 0;
        }
        bool const alone = marker < 0xc0 || (marker >= 0xd0 && marker <= 0xda);
        if (alone || length < 2) return false;  // data before any frame
        at += 2 + length;
    }
    return false;
}

}  // namespace

std::optional<std::string_view> image_kind(std::string_view bytes) {
    if (is_png(bytes)) return "png";
    if (is_jpeg(bytes)) return "jpg";
    if (is_gif(bytes)) return "gif";
    if (is_webp(bytes)) return "webp";
    return std::nullopt;
}

}  // namespace cartwright::catalog
