#include "platform/config/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "base/embedded.hpp"

namespace cartwright::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

/// What `load` says is wrong; empty where nothing is.
std::string problem_of(std::map<std::string, std::string> const& variables,
                       std::optional<std::string> const& file = {}) {
    try {
        load(file, variables);
    } catch (Invalid const& invalid) {
        return invalid.what();
    }
    return {};
}

std::string file_with(std::string_view text) {
    auto const path = std::filesystem::temp_directory_path() /
                      ("cartwright-settings-" + std::to_string(::getpid()) + ".toml");
    std::ofstream(path) << text;
    return path;
}

TEST(Settings, come_from_the_file_and_then_from_the_environment) {
    auto const file =
        file_with("listen = \"0.0.0.0:80\"\nscan_threads = 3\nlockout_ttl = \"2h\"\n");
    auto const loaded = load(file, {{"CARTWRIGHT_SCAN_THREADS", "4"}, {"CARTWRIGHT_CACHE", "off"}});
    EXPECT_EQ(loaded.settings.listen, "0.0.0.0:80");
    EXPECT_EQ(loaded.settings.scan_threads, 4);
    EXPECT_EQ(loaded.settings.lockout_ttl, 2h);
    EXPECT_FALSE(loaded.settings.cache);
}

TEST(Settings, name_what_is_wrong) {
    EXPECT_THAT(problem_of({{"CARTWRIGHT_SCAN_THREADS", "many"}}), HasSubstr("scan_threads"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_SCAN_THREADS", "0"}}), HasSubstr("from 1 to 256"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_LOCKOUT_TTL", "1 hour"}}), HasSubstr("lockout_ttl"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_DATABASE_URL", "mysql://x"}}), HasSubstr("database_url"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_LISTEN", "8000"}}), HasSubstr("listen"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_LOG", "xml:info"}}), HasSubstr("log"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_DATABASE_URL", "sqlite:"}}), HasSubstr("database_url"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_DATA_DIR", ""}}), HasSubstr("data_dir"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_TRUSTED_PROXIES", "10.0.0.0/8,me"}}),
                HasSubstr("trusted_proxies"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_STRIPE_API_BASE", "api.stripe.com"}}),
                HasSubstr("stripe_api_base (CARTWRIGHT_STRIPE_API_BASE)"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_PAYTM_KEY", "short"}}), HasSubstr("paytm_key"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_PHONEPE_MERCHANT_ID", "M"}}),
                HasSubstr("phonepe_salt_key"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_PHONEPE_SALT_KEY", "a,b"}}),
                HasSubstr("phonepe_salt_index"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_PHONEPE_SALT_INDEX", "one"}}),
                HasSubstr("phonepe_salt_index"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_CRM", "pigeon"}}), HasSubstr("crm (CARTWRIGHT_CRM)"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_CRM", "hubspot"}}), HasSubstr("hubspot_token"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_CRM", "webhook"}}), HasSubstr("crm_webhook_url"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_CRM_WEBHOOK_SECRET", "plain"}}),
                HasSubstr("crm_webhook_secret"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_ROLE", "webb"}}), HasSubstr("role (CARTWRIGHT_ROLE)"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_REDIS_URL", "http://x"}}),
                HasSubstr("redis_url (CARTWRIGHT_REDIS_URL)"));
    EXPECT_THAT(problem_of({{"CARTWRIGHT_MEDIA_URL", "ftp://x"}}),
                HasSubstr("media_url (CARTWRIGHT_MEDIA_URL)"));
    for (auto const* origin : {"shop.example", "https://shop.example/", "https://", "*, https://a"})
        EXPECT_THAT(problem_of({{"CARTWRIGHT_CORS_ORIGIN", origin}}), HasSubstr("cors_origin"))
            << origin;
    for (auto const* origin :
         {"*", "null", "https://shop.example", "http://localhost:5173", "capacitor://localhost"})
        EXPECT_EQ(problem_of({{"CARTWRIGHT_CORS_ORIGIN", origin}}), "") << origin;
    EXPECT_THAT(problem_of({}, file_with("colour = 1\n")), HasSubstr("unknown setting colour"));
    EXPECT_THAT(problem_of({}, file_with("listen = [1]\n")), HasSubstr("listen"));
    EXPECT_THAT(problem_of({}, file_with("\n\nlisten = \n")), HasSubstr("line 3"));
    EXPECT_THAT(problem_of({}, "/nowhere/cartwright.toml"), HasSubstr("/nowhere"));
}

TEST(Settings, never_repeat_a_secret) {
    auto const message = problem_of({{"CARTWRIGHT_SECRET_KEY", "hunter2"}});
    EXPECT_THAT(message, HasSubstr("secret_key"));
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
    auto const loaded = load({}, {{"CARTWRIGHT_SECRET_KEY", std::string(40, 'k')},
                                  {"CARTWRIGHT_DATABASE_URL", "postgresql://me:pw@host/shop"}});
    auto const shown = to_toml(loaded.settings);
    EXPECT_THAT(shown, Not(HasSubstr("kkkk")));
    EXPECT_THAT(shown, HasSubstr("postgresql://me:***@host/shop"));
    auto const in_query = to_toml(
        load({}, {{"CARTWRIGHT_DATABASE_URL", "postgresql://host/shop?user=me&password=pw#1"}})
            .settings);
    EXPECT_THAT(in_query, HasSubstr("postgresql://host/shop?user=me&password=***"));
}

TEST(Settings, warn_of_unknown_variables) {
    EXPECT_THAT(load({}, {{"CARTWRIGHT_COLOUR", "red"}}).warnings,
                ElementsAre("unknown variable CARTWRIGHT_COLOUR is ignored"));
}

TEST(Settings, print_as_a_file_that_reads_back) {
    auto const text = to_toml(load({}, {{"CARTWRIGHT_DRAIN_TIMEOUT", "90s"}}).settings);
    EXPECT_EQ(load(file_with(text), {}).settings.drain_timeout, 90s);
}

TEST(Settings, are_all_in_the_documentation) {
    auto const files = embedded_files();
    auto const page = std::ranges::find(files, "docs/settings.md", &EmbeddedFile::path);
    ASSERT_NE(page, files.end());
    EXPECT_THAT(std::string(page->content), testing::EndsWith(to_markdown()))
        << "write what `cartwright settings` prints into docs/settings.md";
}

TEST(Duration, reads_and_writes_its_units) {
    for (auto const* text : {"250ms", "30s", "15m", "24h", "7d", "0"}) {
        ASSERT_TRUE(parse_duration(text)) << text;
        EXPECT_EQ(parse_duration(to_string(*parse_duration(text))), parse_duration(text)) << text;
    }
    for (auto const* text : {"", "s", "5", "-5s", "5x", "1.5h", "99999999999999999999s"})
        EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace cartwright::config
