#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Where pictures lie: a folder, which several nodes may share, or a bucket of an S3-compatible
/// service.
namespace cartwright::media {

/// The disk or the bucket did not do it. Says why without a key or a path.
class Unavailable : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Files under names that are never used twice, so none is ever changed. Paths are relative
/// ("products/0f….png") and of the caller's own making: nothing in them is looked at. Any thread.
class Store {
public:
    virtual ~Store() = default;

    /// Keeps the bytes durably. `type` is their media type. Throws `Unavailable`.
    virtual void put(std::string const& path, std::string_view bytes, std::string_view type) = 0;
    /// Nothing where there is no such file. Throws `Unavailable`.
    virtual std::optional<std::string> get(std::string const& path) = 0;
    /// Removes it, if it is there. Throws `Unavailable`.
    virtual void remove(std::string const& path) = 0;
    /// Whether these wait for a network: then they belong on a gateway lane.
    virtual bool waits() const = 0;
};

struct Options {
    /// `file:DIR`, or `s3://KEY:SECRET@host[:port]/bucket[/folder][?region=…][&tls=off]` with key
    /// and secret percent-encoded.
    std::string url;
    std::chrono::milliseconds timeout{10'000};  ///< for a bucket's answer
    std::size_t bytes_max = 5 * 1024 * 1024;  ///< of a bucket's file; a larger one is not given out
    std::size_t kept_bytes_max = 64 * 1024 * 1024;  ///< a bucket's files that are kept in memory
};

/// Throws `std::invalid_argument` with a sentence that quotes nothing of the URL.
std::unique_ptr<Store> open(Options const& options);

}  // namespace cartwright::media
