#pragma once

#include "platform/media/store.hpp"

namespace cartwright::media {

/// Files below a folder, which is made on the first write.
class Folder final : public Store {
public:
    explicit Folder(std::string folder);

    void put(std::string const& path, std::string_view bytes, std::string_view type) override;
    std::optional<std::string> get(std::string const& path) override;
    void remove(std::string const& path) override;
    bool waits() const override { return false; }

private:
    std::string folder_;
};

}  // namespace cartwright::media
