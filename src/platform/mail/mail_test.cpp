#include "platform/mail/mail.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/check.hpp"

namespace cartwright::mail {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Instant at{1'700'000'000s};

Message message() {
    return {"shop@example.com",         "S2Cart",
            "ann@example.com",          "Order placed",
            "Total: £12.50\nThank you", "<p>Total: £12.50</p>"};
}

TEST(Mail, has_both_parts_and_the_headers_that_servers_want) {
    auto const text = compose(message(), at, "abc");
    EXPECT_THAT(text, HasSubstr("From: S2Cart <shop@example.com>\r\nTo: <ann@example.com>\r\n"));
    EXPECT_THAT(text, HasSubstr("Date: Tue, 14 Nov 2023 22:13:20 +0000\r\n"));
    EXPECT_THAT(text, HasSubstr("Message-ID: <abc@example.com>\r\n"));
    EXPECT_THAT(text, HasSubstr("Content-Type: text/plain; charset=utf-8"));
    EXPECT_THAT(text, HasSubstr("Total: =C2=A312.50\r\nThank you"));
    EXPECT_THAT(text, HasSubstr("<p>Total: =C2=A312.50</p>"));
}

TEST(Mail, encodes_what_is_not_ascii_without_splitting_characters) {
    auto odd = message();
    odd.subject = "Bestellung übermittelt – grüße aus Köln, vielen Dank für Ihren Einkauf heute";
    auto const text = compose(odd, at, "abc");
    EXPECT_THAT(text, HasSubstr("Subject: =?UTF-8?Q?Bestellung_=C3=BCbermittelt"));
    for (auto const* split : {"=C3?=", "=E2?=", "=E2=80?="})
        EXPECT_EQ(text.find(split), std::string::npos) << split;
}

TEST(Mail, keeps_lines_within_the_standard) {
    auto longer = message();
    longer.html = std::string(5000, 'x');
    auto const text = compose(longer, at, "abc");
    std::size_t start = 0;
    for (auto end = text.find("\r\n"); end != std::string::npos; end = text.find("\r\n", start)) {
        EXPECT_LE(end - start, 78U);
        start = end + 2;
    }
}

TEST(Mail, refuses_line_breaks_in_headers) {
    for (auto const field :
         {&Message::from, &Message::to, &Message::subject, &Message::from_name}) {
        auto evil = message();
        evil.*field += "\r\nBcc: all@example.com";
        EXPECT_THROW(compose(evil, at, "abc"), Bug);
    }
}

TEST(Mail, a_file_is_there_whole_and_once) {
    auto const directory =
        std::filesystem::temp_directory_path() / ("cartwright-mail-" + std::to_string(::getpid()));
    auto const mailer = open("file:" + directory.string(), 1s);
    mailer->send(message(), at, "abc");
    mailer->send(message(), at, "abc");
    auto const files = std::distance(std::filesystem::directory_iterator(directory), {});
    EXPECT_EQ(files, 1);
    EXPECT_EQ(std::filesystem::file_size(directory / "abc.eml"),
              compose(message(), at, "abc").size());
    std::filesystem::remove_all(directory);
}

TEST(Mail, knows_its_urls) {
    EXPECT_THROW(open("ftp://x", 1s), std::invalid_argument);
    EXPECT_THROW(open("file:", 1s), std::invalid_argument);
    // Port 9 (discard) of loopback: nobody listens there.
    auto const mailer = open("smtp://127.0.0.1:9", 1s);
    EXPECT_THROW(mailer->send(message(), at, "abc"), NotSent);
}

}  // namespace
}  // namespace cartwright::mail
