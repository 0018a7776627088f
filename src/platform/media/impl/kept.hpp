#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "platform/media/store.hpp"

namespace cartwright::media {

/// Keeps in memory what was asked for lately of a store that is far away: files never change under
/// their names. Bounded by their bytes.
class Kept final : public Store {
public:
    Kept(std::unique_ptr<Store> far, std::size_t bytes_max);

    void put(std::string const& path, std::string_view bytes, std::string_view type) override;
    std::optional<std::string> get(std::string const& path) override;
    void remove(std::string const& path) override;
    bool waits() const override { return far_->waits(); }

private:
    struct File {
        std::string path;
        std::string bytes;
    };

    std::optional<std::string> find(std::string const& path);
    void keep(std::string const& path, std::string_view bytes);
    void forget(std::string const& path);

    std::unique_ptr<Store> far_;
    std::size_t const bytes_max_;
    std::mutex mutex_;
    std::list<File> files_;  ///< what was asked for last comes first
    std::unordered_map<std::string_view, std::list<File>::iterator> index_;  ///< by their own paths
    std::size_t bytes_ = 0;
};

}  // namespace cartwright::media
