#include "platform/db/backup.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>
#include <string_view>

#include "platform/db/postgres/dump.hpp"
#include "platform/db/sqlite/copy.hpp"

namespace cartwright::db {
namespace {

/// A new, empty file beside `path` for this user alone, which becomes `path` when it is whole.
class NewFile {
public:
    explicit NewFile(std::string const& path) : path_(path), part_(path + ".part") {
        if (std::filesystem::exists(path)) throw std::runtime_error(path + " exists already");
        std::filesystem::remove(part_);
        int const made = ::open(part_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
        if (made < 0) throw std::runtime_error(part_ + " cannot be written");
        ::close(made);
    }
    ~NewFile() {
        std::error_code ignored;
        std::filesystem::remove(part_, ignored);
    }
    NewFile(NewFile const&) = delete;
    NewFile& operator=(NewFile const&) = delete;

    std::string const& part() const { return part_; }

    void finish() const {
        make_durable(part_, O_RDONLY);
        std::filesystem::rename(part_, path_);
        auto const folder = std::filesystem::absolute(path_).parent_path().string();
        make_durable(folder, O_RDONLY | O_DIRECTORY);
    }

private:
    static void make_durable(std::string const& path, int flags) {
        int const file = ::open(path.c_str(), flags | O_CLOEXEC);
        bool const durable = file >= 0 && ::fsync(file) == 0;
        if (file >= 0) ::close(file);
        if (!durable) throw std::runtime_error(path + " cannot be written to the disk");
    }

    std::string path_;
    std::string part_;
};

}  // namespace

void backup(Options const& options, std::string const& path) {
    constexpr std::string_view sqlite_scheme = "sqlite:";
    NewFile const file(path);
    if (options.url.starts_with(sqlite_scheme)) {
        sqlite::copy(options.url.substr(sqlite_scheme.size()), file.part());
    } else {
        postgres::dump(options.url, file.part());
    }
    file.finish();
}

}  // namespace cartwright::db
