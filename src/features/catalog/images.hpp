#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "platform/media/store.hpp"

namespace cartwright::catalog {

/// What kind of picture the bytes are, by their signature and header: "jpg", "png", "webp" or
/// "gif". Nothing for anything else, whatever it is called. Source: contract §4.
std::optional<std::string_view> image_kind(std::string_view bytes);

enum class ImageRefusal { empty, not_an_image };

/// The pictures of products, or of people: files in a folder of the media store, under names that
/// nobody has chosen. Any thread; where the store waits for a network, on a gateway lane.
class Images {
public:
    explicit Images(media::Store& store, std::string folder = "products/");

    /// Keeps the picture durably and returns its path below media ("products/0f….png"). Before the
    /// transaction that names it; `discard` it if that fails. Throws `db::Unavailable` where the
    /// store does not take it.
    std::expected<std::string, ImageRefusal> store(std::string_view bytes) const;

    /// Removes a picture that nothing names. Where that fails it stays, which the log says.
    void discard(std::string const& path) const;
    /// As `discard`, but throws `db::Unavailable` where it fails.
    void remove(std::string const& path) const;

    /// The bytes of a picture; nothing for a path that is not of our making. Throws
    /// `db::Unavailable`.
    std::optional<std::string> load(std::string_view path) const;

    /// "products/".
    std::string const& folder() const { return folder_; }
    /// Whether `path` is of our making.
    bool is_ours(std::string_view path) const;
    /// Whether these wait for a network.
    bool waits() const { return store_.waits(); }

private:
    media::Store& store_;
    std::string folder_;
};

/// "image/png" of "….png"; of what `image_kind` knows.
std::string_view media_type(std::string_view name);

}  // namespace cartwright::catalog
