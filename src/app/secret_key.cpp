#include "app/secret_key.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "base/random.hpp"
#include "base/text.hpp"
#include "platform/log/log.hpp"

namespace cartwright::app {
namespace {

constexpr std::size_t key_bytes = 32;

/// Writes the file unless it is there. Of two processes at once one writes; a file is never seen
/// half written, for it appears by a link to a finished one.
void make_key_file(std::filesystem::path const& path) {
    auto const draft = path.string() + "." + random_hex(4);
    int const file =
        ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    auto const key = random_hex(key_bytes);
    bool const written =
        file >= 0 && ::write(file, key.data(), key.size()) == static_cast<ssize_t>(key.size());
    bool const durable = written && ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    bool const linked = durable && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
    ::unlink(draft.c_str());
    if (!linked)
        throw std::runtime_error(fmt::format("cannot write the secret key to {}", path.string()));
}

}  // namespace

std::vector<std::string> secret_keys(config::Settings const& settings) {
    if (!settings.secret_key.empty()) return text::split_at_commas(settings.secret_key);
    auto const path = std::filesystem::path(settings.data_dir) / "secret_key";
    bool const alone = settings.database_url.starts_with("sqlite:");
    if (!alone && !settings.redis_url.empty())
        throw std::runtime_error(fmt::format(
            "secret_key is not set: nodes that share a Redis need the same one, or each refuses "
            "the others' tokens (set it on every node, for instance to what is in {})",
            path.string()));
    if (!alone)
        log::warning(
            "tokens are signed with a key of this node's own: set secret_key before "
            "there is a second node");
    std::error_code failed;
    std::filesystem::create_directories(settings.data_dir, failed);
    if (!std::filesystem::exists(path, failed)) make_key_file(path);
    std::string key;
    std::ifstream(path) >> key;
    if (key.size() < key_bytes)
        throw std::runtime_error(fmt::format("the secret key in {} cannot be read", path.string()));
    return {key};
}

}  // namespace cartwright::app
