#include "platform/media/impl/bucket.hpp"
#include "platform/media/impl/folder.hpp"
#include "platform/media/impl/kept.hpp"
#include "platform/media/store.hpp"

namespace cartwright::media {

std::unique_ptr<Store> open(Options const& options) {
    constexpr std::string_view file = "file:";
    constexpr std::string_view bucket = "s3://";
    std::string_view const url = options.url;
    if (url.starts_with(file) && url.size() > file.size())
        return std::make_unique<Folder>(std::string(url.substr(file.size())));
    if (!url.starts_with(bucket))
        throw std::invalid_argument("media_url: it begins with file: or s3://");
    auto far = std::make_unique<Bucket>(read_bucket(url.substr(bucket.size())), options.timeout,
                                        options.bytes_max);
    if (options.kept_bytes_max == 0) return far;
    return std::make_unique<Kept>(std::move(far), options.kept_bytes_max);
}

}  // namespace cartwright::media
