#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartwright::http {

/// Reads a body in the chunked transfer coding (RFC 9112 §7.1), in pieces of any size. Extensions
/// and trailers are passed over; line breaks are CRLF and nothing else, so that no proxy reads
/// another body than we do.
class ChunkReader {
public:
    enum class Result { more, done, malformed, overhead_too_large, body_too_large };

    /// Takes bytes off `bytes` and appends what they carry to `body`, up to the end of the body.
    Result read(std::string_view& bytes, std::string& body);

    /// `overhead_bytes_max`: for all of what is not data.
    void restart(std::size_t body_bytes_max, std::size_t overhead_bytes_max);

private:
    enum class State {
        size,
        extension,
        size_end,
        data,
        data_cr,
        data_end,
        trailer_start,
        trailer,
        trailer_end,
        end
    };

    Result step(char c);
    Result read_size(char c);
    Result end_of_size();

    State state_ = State::size;
    std::size_t body_bytes_left_ = 0;
    std::size_t overhead_bytes_left_ = 0;
    std::uint64_t chunk_bytes_left_ = 0;
    unsigned digits_ = 0;
};

}  // namespace cartwright::http
