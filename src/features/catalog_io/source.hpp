#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace cartwright::catalog_io {

/// A file that cannot be used as a whole: not there, damaged, too large, or of no known kind. Its
/// text is a sentence for the person who named the file.
class UnusableFile : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// Bytes from somewhere, a block at a time.
class Source {
public:
    virtual ~Source() = default;

    /// The next block, valid until the next call; empty at the end. Throws `UnusableFile`.
    virtual std::string_view next() = 0;
    /// How far this is, in bytes of the file as it lies there (packed or not).
    virtual std::uint64_t position() const = 0;
    /// The file's size in the same measure; 0 where that is not known.
    virtual std::uint64_t size() const = 0;
};

/// Reads a file, unpacking it where it is gzip's. `bytes_max` limits the unpacked bytes, so that a
/// small file cannot become a large one unnoticed. Throws `UnusableFile`.
std::unique_ptr<Source> open_file(std::string const& path, std::uint64_t bytes_max);

/// Bytes that gzip has packed, unpacked. `packed` is borrowed; it is to be trusted (a file that the
/// binary carries).
std::unique_ptr<Source> unpack(std::string_view packed);

/// Text at hand. `text` is borrowed.
class TextSource final : public Source {
public:
    explicit TextSource(std::string_view text, std::size_t block = 65536)
        : text_(text), block_(block) {}
    std::string_view next() override;
    std::uint64_t position() const override { return at_; }
    std::uint64_t size() const override { return text_.size(); }

private:
    std::string_view text_;
    std::size_t block_;
    std::size_t at_ = 0;
};

}  // namespace cartwright::catalog_io
