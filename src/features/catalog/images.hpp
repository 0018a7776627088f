#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace cartwright::catalog {

/// What kind of picture the bytes are, by their signature and header: "jpg", "png", "webp" or
/// "gif". Nothing for anything else, whatever it is called. Source: contract §4.
std::optional<std::string_view> image_kind(std::string_view bytes);

enum class ImageRefusal { empty, not_an_image };

/// The pictures of products, or of people: files in a folder below `media`, under names that nobody
/// has chosen. Any thread.
class Images {
public:
    /// `media` is made where it does not exist, on the first write.
    explicit Images(std::string media, std::string folder = "products/");

    /// Writes the picture durably and returns its path below media ("products/0f….png"). Before the
    /// transaction that names it; `discard` it if that fails. Throws `db::Unavailable` where the
    /// disk does not take it.
    std::expected<std::string, ImageRefusal> store(std::string_view bytes) const;

    /// Removes a picture that nothing names.
    void discard(std::string const& path) const;

    /// The bytes of a picture; nothing for a path that is not of our making.
    std::optional<std::string> load(std::string_view path) const;

    /// "products/".
    std::string const& folder() const { return folder_; }

private:
    bool is_ours(std::string_view path) const;

    std::string media_;
    std::string folder_;
};

}  // namespace cartwright::catalog
