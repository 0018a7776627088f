#include "features/catalog/images.hpp"

#include <algorithm>
#include <utility>

#include "base/random.hpp"
#include "platform/db/database.hpp"
#include "platform/log/log.hpp"

namespace cartwright::catalog {
namespace {

constexpr std::size_t name_bytes = 16;

}  // namespace

std::string_view media_type(std::string_view name) {
    if (name.ends_with(".png")) return "image/png";
    if (name.ends_with(".jpg")) return "image/jpeg";
    if (name.ends_with(".gif")) return "image/gif";
    return "image/webp";
}

Images::Images(media::Store& store, std::string folder)
    : store_(store), folder_(std::move(folder)) {}

/// The folder and 32 hexadecimal digits and a kind: what `store` makes, and nothing with a way out
/// of media.
bool Images::is_ours(std::string_view path) const {
    if (!path.starts_with(folder_)) return false;
    auto const name = path.substr(folder_.size());
    if (name.size() < name_bytes * 2 + 1 || name[name_bytes * 2] != '.') return false;
    auto const kind = name.substr(name_bytes * 2 + 1);
    return std::ranges::all_of(
               name.substr(0, name_bytes * 2),
               [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }) &&
           (kind == "png" || kind == "jpg" || kind == "gif" || kind == "webp");
}

std::expected<std::string, ImageRefusal> Images::store(std::string_view bytes) const {
    if (bytes.empty()) return std::unexpected(ImageRefusal::empty);
    auto const kind = image_kind(bytes);
    if (!kind) return std::unexpected(ImageRefusal::not_an_image);
    auto path = folder_ + random_hex(name_bytes) + "." + std::string(*kind);
    try {
        store_.put(path, bytes, media_type(path));
    } catch (media::Unavailable const& problem) {
        throw db::Unavailable(problem.what());
    }
    return path;
}

void Images::remove(std::string const& path) const {
    if (!is_ours(path)) return;
    try {
        store_.remove(path);
    } catch (media::Unavailable const& problem) {
        throw db::Unavailable(problem.what());
    }
}

void Images::discard(std::string const& path) const {
    try {
        remove(path);
    } catch (db::Unavailable const& problem) {
        log::warning("a picture that nothing names stays",
                     {{"picture", path}, {"problem", problem.what()}});
    }
}

std::optional<std::string> Images::load(std::string_view path) const {
    if (!is_ours(path)) return std::nullopt;
    try {
        return store_.get(std::string(path));
    } catch (media::Unavailable const& problem) {
        throw db::Unavailable(problem.what());
    }
}

}  // namespace cartwright::catalog
