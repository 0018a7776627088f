#include "features/catalog/images.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "base/random.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {
namespace {

constexpr std::size_t name_bytes = 16;

[[noreturn]] void give_up(std::string const& doing) {
    throw db::Unavailable(doing + ": " + std::generic_category().message(errno));
}

class File {
public:
    File(std::string const& path, int flags) : descriptor_(::open(path.c_str(), flags, 0644)) {
        if (descriptor_ < 0) give_up("a media file cannot be opened");
    }
    ~File() { ::close(descriptor_); }
    File(File const&) = delete;
    File& operator=(File const&) = delete;

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            auto const written = ::write(descriptor_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) give_up("a media file cannot be written");
            if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }
    void sync() {
        if (::fsync(descriptor_) != 0) give_up("a media file cannot be synced");
    }

private:
    int descriptor_;
};

}  // namespace

Images::Images(std::string media, std::string folder)
    : media_(std::move(media)), folder_(std::move(folder)) {}

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
    auto const directory = media_ + "/" + folder_;
    std::error_code made;
    std::filesystem::create_directories(directory, made);
    auto path = folder_ + random_hex(name_bytes) + "." + std::string(*kind);
    auto const target = media_ + "/" + path;
    auto const draft = target + ".new";
    try {
        {
            File file(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
            file.write(bytes);
            file.sync();
        }
        if (::rename(draft.c_str(), target.c_str()) != 0) give_up("a media file cannot be named");
        File(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC).sync();
    } catch (db::Unavailable const&) {
        ::unlink(draft.c_str());
        throw;
    }
    return path;
}

void Images::discard(std::string const& path) const {
    if (is_ours(path)) ::unlink((media_ + "/" + path).c_str());
}

std::optional<std::string> Images::load(std::string_view path) const {
    if (!is_ours(path)) return std::nullopt;
    std::ifstream file(media_ + "/" + std::string(path), std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace cartwright::catalog
