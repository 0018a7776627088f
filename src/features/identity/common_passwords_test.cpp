#include "features/identity/common_passwords.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <stdexcept>

#include "base/random.hpp"

namespace cartwright::identity {
namespace {

class CommonPasswordsFile : public testing::Test {
protected:
    void write(std::string_view text) { std::ofstream(path_, std::ios::binary) << text; }
    ~CommonPasswordsFile() override { std::filesystem::remove(path_); }

    std::filesystem::path path_ =
        std::filesystem::temp_directory_path() / ("common-passwords-" + random_hex(8));
};

TEST_F(CommonPasswordsFile, HoldsItsLines) {
    write("password123\nQwerty-Asdf\r\n\nçà et là \xff\npassword123\nlast one");
    CommonPasswords const listed(path_);
    for (auto const* password : {"password123", "PassWord123", "qwerty-asdf", "last one"})
        EXPECT_TRUE(listed.contains(password)) << password;
    for (auto const* password : {"", "password12", "password1234", " password123", "\r"})
        EXPECT_FALSE(listed.contains(password)) << password;
    EXPECT_FALSE(CommonPasswords().contains("password123"));
}

TEST_F(CommonPasswordsFile, IsNamedWhereItCannotBeRead) {
    auto const said = [&] {
        try {
            CommonPasswords const listed(path_);
        } catch (std::runtime_error const& error) {
            return std::string(error.what());
        }
        return std::string("nothing");
    };
    EXPECT_THAT(said(), testing::HasSubstr(path_.string()));
    write("");
    EXPECT_EQ(said(), "nothing") << "an empty list is one";
    std::filesystem::resize_file(path_, CommonPasswords::file_bytes_max + 1);
    EXPECT_THAT(said(), testing::HasSubstr("268435456 bytes"));
}

}  // namespace
}  // namespace cartwright::identity
