#include "features/catalog_io/source.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <filesystem>
#include <vector>

namespace cartwright::catalog_io {
namespace {

constexpr unsigned block_bytes = 256 * 1024;

struct Close {
    void operator()(gzFile file) const { gzclose(file); }
};

/// zlib reads plain files as they are, and gzip's unpacked.
class FileSource final : public Source {
public:
    FileSource(std::string const& path, std::uint64_t bytes_max)
        : path_(path), bytes_max_(bytes_max), block_(block_bytes) {
        std::error_code error;
        if (!std::filesystem::is_regular_file(path, error))
            throw UnusableFile(fmt::format("{} is not a file that can be read", path));
        size_ = std::filesystem::file_size(path, error);
        file_.reset(gzopen(path.c_str(), "rb"));
        if (!file_) throw UnusableFile(fmt::format("{} cannot be opened", path));
        gzbuffer(file_.get(), block_bytes);
    }

    std::string_view next() override {
        int const got = gzread(file_.get(), block_.data(), block_bytes);
        int failure = Z_OK;
        gzerror(file_.get(), &failure);
        // At the end of a file that was cut off zlib reports Z_BUF_ERROR beside the last bytes.
        if (got < 0 || (failure != Z_OK && failure != Z_STREAM_END))
            throw UnusableFile(fmt::format("{} is damaged or was cut off", path_));
        bytes_ += static_cast<std::uint64_t>(got);
        if (bytes_ > bytes_max_)
            throw UnusableFile(fmt::format("{} holds more than {} bytes", path_, bytes_max_));
        return {block_.data(), static_cast<std::size_t>(got)};
    }

    std::uint64_t position() const override {
        auto const at = gzoffset(file_.get());
        return at < 0 ? 0 : static_cast<std::uint64_t>(at);
    }
    std::uint64_t size() const override { return size_; }

private:
    std::string path_;
    std::uint64_t bytes_max_;
    std::uint64_t bytes_ = 0;
    std::uint64_t size_ = 0;
    std::vector<char> block_;
    std::unique_ptr<std::remove_pointer_t<gzFile>, Close> file_;
};

class PackedSource final : public Source {
public:
    explicit PackedSource(std::string_view packed) : packed_(packed), block_(block_bytes) {
        constexpr int gzip_window = 15 + 16;
        // zlib's interface has no const; it does not write there.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        stream_.avail_in = static_cast<uInt>(packed.size());
        if (inflateInit2(&stream_, gzip_window) != Z_OK) throw std::bad_alloc();
    }
    ~PackedSource() override { inflateEnd(&stream_); }

    std::string_view next() override {
        if (ended_) return {};
        stream_.next_out = reinterpret_cast<Bytef*>(block_.data());
        stream_.avail_out = block_bytes;
        int const result = inflate(&stream_, Z_NO_FLUSH);
        if (result != Z_OK && result != Z_STREAM_END)
            throw UnusableFile("the packed text is damaged or was cut off");
        ended_ = result == Z_STREAM_END;
        return {block_.data(), block_bytes - stream_.avail_out};
    }
    std::uint64_t position() const override { return packed_.size() - stream_.avail_in; }
    std::uint64_t size() const override { return packed_.size(); }

private:
    std::string_view packed_;
    std::vector<char> block_;
    z_stream stream_{};
    bool ended_ = false;
};

}  // namespace

std::unique_ptr<Source> unpack(std::string_view packed) {
    return std::make_unique<PackedSource>(packed);
}

std::unique_ptr<Source> open_file(std::string const& path, std::uint64_t bytes_max) {
    return std::make_unique<FileSource>(path, bytes_max);
}

std::string_view TextSource::next() {
    auto const block = text_.substr(at_, block_);
    at_ += block.size();
    return block;
}

}  // namespace cartwright::catalog_io
