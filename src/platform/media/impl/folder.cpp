#include "platform/media/impl/folder.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace cartwright::media {
namespace {

[[noreturn]] void give_up(std::string const& doing) {
    throw Unavailable(doing + ": " + std::generic_category().message(errno));
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

Folder::Folder(std::string folder) : folder_(std::move(folder)) {}

void Folder::put(std::string const& path, std::string_view bytes, std::string_view) {
    auto const target = folder_ + "/" + path;
    auto const directory = std::filesystem::path(target).parent_path().string();
    std::error_code made;
    std::filesystem::create_directories(directory, made);
    auto const draft = target + ".new";
    try {
        {
            File file(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC);
            file.write(bytes);
            file.sync();
        }
        if (::rename(draft.c_str(), target.c_str()) != 0) give_up("a media file cannot be named");
        File(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC).sync();
    } catch (Unavailable const&) {
        ::unlink(draft.c_str());
        throw;
    }
}

std::optional<std::string> Folder::get(std::string const& path) {
    std::ifstream file(folder_ + "/" + path, std::ios::binary);
    if (!file) return std::nullopt;
    return std::string(std::istreambuf_iterator<char>(file), {});
}

void Folder::remove(std::string const& path) {
    if (::unlink((folder_ + "/" + path).c_str()) != 0 && errno != ENOENT)
        give_up("a media file cannot be removed");
}

}  // namespace cartwright::media
