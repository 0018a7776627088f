#include "platform/http/impl/request_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/http/impl/accept.hpp"
#include "platform/http/impl/proxies.hpp"

namespace cartwright::http {
namespace {

using State = RequestParser::State;

/// Feeds all of it in pieces of `piece` bytes; returns what was read of each request.
std::vector<std::string> read_all(std::string_view bytes, std::size_t piece) {
    RequestParser parser(1024, 512);
    std::vector<std::string> seen;
    std::string held;
    while (true) {
        bool const in_head = parser.state() == State::head;
        auto const used = parser.feed(held);
        held.erase(0, used);
        if (in_head && parser.state() == State::body) parser.set_body_max(100);
        if (parser.state() == State::refused) {
            seen.push_back("refused " + std::to_string(static_cast<int>(parser.refusal())));
            return seen;
        }
        if (parser.state() == State::complete) {
            auto const& head = parser.head();
            seen.push_back(std::string(head.method_name) + " " + std::string(head.target) + " " +
                           std::to_string(head.headers.size()) + " " + std::string(parser.body()));
            parser.reset();
            continue;
        }
        if (used > 0 && !held.empty()) continue;
        if (bytes.empty()) return seen;
        held += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
    }
}

TEST(RequestParser, reads_the_same_whatever_the_pieces) {
    std::string const bytes =
        "GET /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\n\r\n"
        "POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
        "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
        "chunked\r\n\r\n4\r\nmore\r\n1\r\n!\r\n0\r\nT: 1\r\n\r\n"
        "WEIRD /d HTTP/1.0\r\n\r\n"
        "POST /e HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n";
    auto const whole = read_all(bytes, bytes.size());
    EXPECT_THAT(whole, testing::ElementsAre(
                           "GET /a?b 2 ", "POST /b 2 body", "PUT /c 2 more!", "WEIRD /d 0 ",
                           "refused " + std::to_string(static_cast<int>(Refusal::body_too_large))));
    for (std::size_t piece = 1; piece < 60; ++piece)
        EXPECT_EQ(read_all(bytes, piece), whole) << piece;
}

TEST(RequestParser, knows_whether_a_request_has_begun) {
    RequestParser parser(1024, 512);
    EXPECT_FALSE(parser.begun());
    EXPECT_EQ(parser.feed("\r\n"), 2U);
    EXPECT_FALSE(parser.begun());
    EXPECT_EQ(parser.feed("G"), 1U);
    EXPECT_TRUE(parser.begun());
}

TEST(RequestParser, keeps_the_target_of_what_it_refuses) {
    RequestParser parser(1024, 512);
    parser.feed("GET /api/v1/x HTTP/9.9\r\n\r\n");
    EXPECT_EQ(parser.state(), State::refused);
    EXPECT_EQ(parser.head().target, "/api/v1/x");
}

TEST(Accept, reads_accept_encoding) {
    for (auto const* yes : {"gzip", "br, GZIP ", "gzip;q=0.1", "*", "deflate, *;q=0.5", "x-gzip"})
        EXPECT_TRUE(accepts_gzip(yes)) << yes;
    for (auto const* no :
         {"", "br", "gzip;q=0", "gzip; q=0.000", "*;q=0", "identity", "gzip;q=0, *"})
        EXPECT_FALSE(accepts_gzip(no)) << no;
}

TEST(Accept, compresses_what_is_large_and_holds_no_token) {
    for (auto const* yes : {"application/json", "text/css", "text/plain; version=0.0.4",
                            "application/javascript", "image/svg+xml"})
        EXPECT_TRUE(is_compressible(yes)) << yes;
    for (auto const* no : {"text/html; charset=utf-8", "image/png", "application/octet-stream"})
        EXPECT_FALSE(is_compressible(no)) << no;
}

TEST(Proxies, finds_the_client_behind_trusted_ones) {
    Proxies const proxies({"10.0.0.0/9", "::1", "192.168.1.1"});
    for (auto const* yes : {"10.1.2.3", "10.127.255.255", "::1", "192.168.1.1", "::ffff:10.1.2.3"})
        EXPECT_TRUE(proxies.trusts(yes)) << yes;
    for (auto const* no : {"10.128.0.0", "11.0.0.0", "::2", "192.168.1.2", "", "x"})
        EXPECT_FALSE(proxies.trusts(no)) << no;
    EXPECT_EQ(proxies.client("10.0.0.1", "1.1.1.1, 2.2.2.2 ,10.0.0.2"), "2.2.2.2");
    EXPECT_EQ(proxies.client("10.0.0.1", ""), "10.0.0.1");
    EXPECT_EQ(proxies.client("10.0.0.1", "10.0.0.3"), "10.0.0.3");
    EXPECT_EQ(proxies.client("10.0.0.1", "1.1.1.1, nonsense"), "10.0.0.1");
    for (auto const* wrong : {"x", "10.0.0.0/33", "10.0.0.0/", "::1/129", ""})
        EXPECT_THROW(Proxies({wrong}), std::runtime_error) << wrong;
}

}  // namespace
}  // namespace cartwright::http
