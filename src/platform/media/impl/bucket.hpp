#pragma once

#include "platform/client/client.hpp"
#include "platform/media/store.hpp"

namespace cartwright::media {

/// Where a bucket is, and who we are there.
struct BucketAddress {
    std::string base;    ///< "https://host:port/bucket/folder", without a slash at the end
    client::AwsKey key;  ///< signs each request (Signature Version 4)
};

/// Reads the part of a URL behind "s3://". Throws `std::invalid_argument`.
BucketAddress read_bucket(std::string_view rest);

/// Objects of a bucket, addressed by path: what AWS, MinIO, Ceph, Cloudflare R2 and others take.
class Bucket final : public Store {
public:
    Bucket(BucketAddress address, std::chrono::milliseconds timeout, std::size_t bytes_max);

    void put(std::string const& path, std::string_view bytes, std::string_view type) override;
    std::optional<std::string> get(std::string const& path) override;
    void remove(std::string const& path) override;
    bool waits() const override { return true; }

private:
    client::Answer send(std::string method, std::string const& path, std::string body,
                        std::string_view type) const;

    BucketAddress address_;
    std::chrono::milliseconds timeout_;
    std::size_t bytes_max_;
};

}  // namespace cartwright::media
