#include "platform/media/impl/bucket.hpp"

#include <fmt/format.h>

#include "platform/client/percent.hpp"
#include "platform/crypto/digest.hpp"

namespace cartwright::media {
namespace {

constexpr int ok = 200;
constexpr int no_content = 204;
constexpr int not_found = 404;

[[noreturn]] void refuse(std::string_view why) {
    throw std::invalid_argument(fmt::format("media_url: {}", why));
}

std::string decoded(std::string_view text) {
    auto plain = client::percent_decode(text);
    if (!plain) refuse("a % is not followed by two hexadecimal digits");
    return *std::move(plain);
}

[[noreturn]] void give_up(int status) {
    throw Unavailable(fmt::format("the bucket answered {}", status));
}

}  // namespace

BucketAddress read_bucket(std::string_view rest) {
    BucketAddress address;
    address.key.region = "us-east-1";
    auto const at = rest.rfind('@');
    auto const who = rest.substr(0, at == std::string_view::npos ? 0 : at);
    auto const colon = who.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == who.size())
        refuse("before the @ stand KEY:SECRET");
    address.key.id = decoded(who.substr(0, colon));
    address.key.secret = decoded(who.substr(colon + 1));
    rest.remove_prefix(at + 1);
    auto const question = rest.find('?');
    auto options =
        question == std::string_view::npos ? std::string_view{} : rest.substr(question + 1);
    auto where = rest.substr(0, question);
    std::string_view scheme = "https";
    while (!options.empty()) {
        auto const end = std::min(options.find('&'), options.size());
        auto const option = options.substr(0, end);
        options.remove_prefix(std::min(end + 1, options.size()));
        if (option.starts_with("region=") && option.size() > 7)
            address.key.region = std::string(option.substr(7));
        else if (option == "tls=off")
            scheme = "http";
        else if (option != "tls=on")
            refuse("behind the ? stand region=… and tls=off only");
    }
    while (where.ends_with('/')) where.remove_suffix(1);
    auto const slash = where.find('/');
    if (slash == 0 || slash == std::string_view::npos) refuse("it needs a host and a bucket");
    address.base = fmt::format("{}://{}", scheme, where);
    return address;
}

Bucket::Bucket(BucketAddress address, std::chrono::milliseconds timeout, std::size_t bytes_max)
    : address_(std::move(address)), timeout_(timeout), bytes_max_(bytes_max) {}

client::Answer Bucket::send(std::string method, std::string const& path, std::string body,
                            std::string_view type) const {
    client::Request request{.method = std::move(method),
                            .url = fmt::format("{}/{}", address_.base, path),
                            .headers = {{"x-amz-content-sha256", crypto::sha256_hex(body)}},
                            .body = std::move(body),
                            .timeout = timeout_,
                            .answer_max = bytes_max_,
                            .aws = address_.key};
    if (!type.empty()) {
        request.headers.emplace_back("Content-Type", type);
        // For who is sent to the bucket itself.
        request.headers.emplace_back("Cache-Control", "public, max-age=31536000, immutable");
    }
    try {
        return client::send(request);
    } catch (client::Unavailable const& problem) {
        throw Unavailable(fmt::format("the bucket: {}", problem.what()));
    }
}

void Bucket::put(std::string const& path, std::string_view bytes, std::string_view type) {
    auto const answer = send("PUT", path, std::string(bytes), type);
    if (answer.status != ok) give_up(answer.status);
}

std::optional<std::string> Bucket::get(std::string const& path) {
    auto answer = send("GET", path, {}, {});
    if (answer.status == not_found) return std::nullopt;
    if (answer.status != ok) give_up(answer.status);
    return std::move(answer.body);
}

void Bucket::remove(std::string const& path) {
    auto const answer = send("DELETE", path, {}, {});
    if (answer.status != ok && answer.status != no_content && answer.status != not_found)
        give_up(answer.status);
}

}  // namespace cartwright::media
