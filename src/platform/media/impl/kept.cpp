#include "platform/media/impl/kept.hpp"

#include <utility>

namespace cartwright::media {

Kept::Kept(std::unique_ptr<Store> far, std::size_t bytes_max)
    : far_(std::move(far)), bytes_max_(bytes_max) {}

void Kept::put(std::string const& path, std::string_view bytes, std::string_view type) {
    far_->put(path, bytes, type);
    keep(path, bytes);
}

std::optional<std::string> Kept::get(std::string const& path) {
    if (auto found = find(path)) return found;
    auto loaded = far_->get(path);
    if (loaded) keep(path, *loaded);
    return loaded;
}

void Kept::remove(std::string const& path) {
    forget(path);
    far_->remove(path);
}

std::optional<std::string> Kept::find(std::string const& path) {
    std::scoped_lock const lock(mutex_);
    auto const found = index_.find(path);
    if (found == index_.end()) return std::nullopt;
    files_.splice(files_.begin(), files_, found->second);
    return found->second->bytes;
}

void Kept::keep(std::string const& path, std::string_view bytes) {
    if (bytes.size() > bytes_max_ / 4) return;  // one must not push out all others
    std::scoped_lock const lock(mutex_);
    if (index_.contains(path)) return;
    files_.push_front({path, std::string(bytes)});
    index_.emplace(files_.front().path, files_.begin());
    bytes_ += bytes.size();
    while (bytes_ > bytes_max_) {
        bytes_ -= files_.back().bytes.size();
        index_.erase(files_.back().path);
        files_.pop_back();
    }
}

void Kept::forget(std::string const& path) {
    std::scoped_lock const lock(mutex_);
    auto const found = index_.find(path);
    if (found == index_.end()) return;
    auto const file = found->second;
    bytes_ -= file->bytes.size();
    index_.erase(found);
    files_.erase(file);
}

}  // namespace cartwright::media
