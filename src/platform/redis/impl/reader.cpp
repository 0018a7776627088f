#include "platform/redis/impl/reader.hpp"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <iterator>

#include "base/check.hpp"
#include "platform/redis/impl/broken.hpp"

namespace cartwright::redis {
namespace {

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};

Reply copy_of(redisReply const& reply) {
    switch (reply.type) {
        case REDIS_REPLY_INTEGER: return {.kind = Reply::Kind::integer, .integer = reply.integer};
        case REDIS_REPLY_STRING:
        case REDIS_REPLY_STATUS:
            return {.kind = Reply::Kind::text, .text = std::string(reply.str, reply.len)};
        case REDIS_REPLY_ERROR:
            return {.kind = Reply::Kind::error, .text = std::string(reply.str, reply.len)};
        case REDIS_REPLY_ARRAY: {
            Reply list{.kind = Reply::Kind::list};
            for (std::size_t i = 0; i < reply.elements; ++i)
                list.items.push_back(copy_of(*reply.element[i]));
            return list;
        }
        default: return {};
    }
}

}  // namespace

void write_command(std::string& out, std::span<std::string_view const> words) {
    auto const end = std::back_inserter(out);
    fmt::format_to(end, "*{}\r\n", words.size());
    for (auto const word : words) {
        fmt::format_to(end, "${}\r\n", word.size());
        out.append(word).append("\r\n");
    }
}

void Reader::Free::operator()(redisReader* reader) const {
    redisReaderFree(reader);
}

Reader::Reader() : reader_(redisReaderCreate()) {
    check(reader_ != nullptr, "hiredis has memory");
}

void Reader::feed(std::string_view bytes) {
    if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK)
        throw Broken(reader_->errstr);
}

std::optional<Reply> Reader::next() {
    void* found = nullptr;
    if (redisReaderGetReply(reader_.get(), &found) != REDIS_OK) throw Broken(reader_->errstr);
    if (found == nullptr) return std::nullopt;
    std::unique_ptr<redisReply, FreeReply> const reply(static_cast<redisReply*>(found));
    return copy_of(*reply);
}

}  // namespace cartwright::redis
