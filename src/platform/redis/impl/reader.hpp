#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "platform/redis/reply.hpp"

struct redisReader;

namespace cartwright::redis {

/// Appends a command as Redis reads it.
void write_command(std::string& out, std::span<std::string_view const> words);

/// Takes the bytes that Redis sends and gives the answers in them. hiredis's parser, for its own
/// sockets know no TLS in Debian 12's version, and its time-outs no pipeline.
class Reader {
public:
    Reader();
    /// Throws `Broken` where the bytes are not Redis's protocol.
    void feed(std::string_view bytes);
    /// The next whole answer.
    std::optional<Reply> next();

private:
    struct Free {
        void operator()(redisReader* reader) const;
    };
    std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace cartwright::redis
