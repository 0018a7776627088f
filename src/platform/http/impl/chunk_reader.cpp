#include "platform/http/impl/chunk_reader.hpp"

#include <algorithm>

#include "platform/http/impl/ascii.hpp"

namespace cartwright::http {
namespace {

constexpr unsigned digits_max = 15;

bool is_control(char c) {
    return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
}

}  // namespace

void ChunkReader::restart(std::size_t body_bytes_max, std::size_t overhead_bytes_max) {
    *this = {};
    body_bytes_left_ = body_bytes_max;
    overhead_bytes_left_ = overhead_bytes_max;
}

ChunkReader::Result ChunkReader::read(std::string_view& bytes, std::string& body) {
    while (!bytes.empty()) {
        if (state_ == State::data) {
            auto const count = std::min<std::uint64_t>(chunk_bytes_left_, bytes.size());
            body.append(bytes.substr(0, count));
            bytes.remove_prefix(count);
            chunk_bytes_left_ -= count;
            if (chunk_bytes_left_ == 0) state_ = State::data_cr;
            continue;
        }
        if (overhead_bytes_left_-- == 0) return Result::overhead_too_large;
        auto const result = step(bytes.front());
        bytes.remove_prefix(1);
        if (result != Result::more) return result;
    }
    return Result::more;
}

ChunkReader::Result ChunkReader::step(char c) {
    auto const expect = [&](char wanted, State next) {
        state_ = next;
        return c == wanted ? Result::more : Result::malformed;
    };
    switch (state_) {
        case State::size: return read_size(c);
        case State::extension:
            if (c == '\r') state_ = State::size_end;
            return c == '\r' || !is_control(c) ? Result::more : Result::malformed;
        case State::size_end: return c == '\n' ? end_of_size() : Result::malformed;
        case State::data_cr: return expect('\r', State::data_end);
        case State::data_end: digits_ = 0; return expect('\n', State::size);
        case State::trailer_start:
            state_ = c == '\r' ? State::end : State::trailer;
            return c == '\r' || !is_control(c) ? Result::more : Result::malformed;
        case State::trailer:
            if (c == '\r') state_ = State::trailer_end;
            return c == '\r' || !is_control(c) ? Result::more : Result::malformed;
        case State::trailer_end: return expect('\n', State::trailer_start);
        case State::end: return c == '\n' ? Result::done : Result::malformed;
        case State::data: break;
    }
    return Result::malformed;
}

ChunkReader::Result ChunkReader::read_size(char c) {
    auto const letter = to_lower(c);
    bool const is_letter = letter >= 'a' && letter <= 'f';
    if (is_digit(c) || is_letter) {
        if (++digits_ > digits_max) return Result::malformed;
        auto const digit = is_letter ? letter - 'a' + 10 : c - '0';
        chunk_bytes_left_ = chunk_bytes_left_ * 16 + static_cast<std::uint64_t>(digit);
        return Result::more;
    }
    if (digits_ == 0) return Result::malformed;
    if (c == '\r') {
        state_ = State::size_end;
        return Result::more;
    }
    state_ = State::extension;
    return c == ';' || c == ' ' || c == '\t' ? Result::more : Result::malformed;
}

ChunkReader::Result ChunkReader::end_of_size() {
    if (chunk_bytes_left_ == 0) {
        state_ = State::trailer_start;
        return Result::more;
    }
    if (chunk_bytes_left_ > body_bytes_left_) return Result::body_too_large;
    body_bytes_left_ -= chunk_bytes_left_;
    state_ = State::data;
    return Result::more;
}

}  // namespace cartwright::http
