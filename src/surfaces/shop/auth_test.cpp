#include "surfaces/shop/auth.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "features/identity/identity_test_support.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using http::Method;
namespace bj = boost::json;

/// The routes over a real database, without a network: what the server does for them is done here.
class Auth : public identity::IdentityTest {
protected:
    Auth() { mount_auth(router_, identity_); }

    http::Response send(Method method, std::string_view path, std::string_view body,
                        std::string_view access_token = {}) {
        http::Request request;
        request.method = method;
        request.path = path;
        request.body = body;
        auto const match = router_.match(method, path);
        http::QueryParams const query("");
        auto const read = http::read_body("application/json", body);
        return match.route->handler({.request = request,
                                     .query = query,
                                     .body = read,
                                     .caller = caller(access_token),
                                     .path_params = match.params});
    }
    http::Response post(std::string_view path, std::string_view body,
                        std::string_view access_token = {}) {
        return send(Method::post, path, body, access_token);
    }
    http::Caller caller(std::string_view access_token) {
        auto const session = identity_.authenticate(access_token);
        if (!session) return {};
        return {.user = session->user,
                .session = session->id,
                .admin = session->admin,
                .email = session->email};
    }

    http::Router router_;
};
INSTANTIATE_TEST_SUITE_P(Engines, Auth, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

constexpr auto register_path = "/api/v1/auth/register/";
constexpr auto login_path = "/api/v1/auth/login/";
constexpr auto refresh_path = "/api/v1/auth/refresh/";
constexpr auto profile_path = "/api/v1/auth/profile/";
constexpr auto password_path = "/api/v1/auth/change-password/";

TEST_P(Auth, RegisterLoginAndProfileAsInTheReference) {
    auto const made = post(register_path, R"({"email":"user@example.com","password":"password123",
        "password_confirm":"password123","user_type":"customer","first_name":"John",
        "last_name":"Doe"})");
    EXPECT_EQ(made.status, 201);
    auto const answer = bj::parse(made.body);
    EXPECT_EQ(answer.at("message"), "User registered successfully");
    EXPECT_EQ(bj::serialize(answer.at("data").at("user")),
              R"({"id":1,"email":"user@example.com","user_type":"customer"})");
    EXPECT_TRUE(answer.at("data").at("refresh_token").is_string());

    auto const in = post(login_path, R"({"email":"user@example.com","password":"password123"})");
    EXPECT_EQ(in.status, 200);
    auto const data = bj::parse(in.body).at("data");
    EXPECT_EQ(bj::parse(in.body).at("message"), "Login successful");
    auto const token = std::string(data.at("access_token").as_string());
    EXPECT_EQ(send(Method::get, profile_path, "", token).body,
              R"({"id":1,"email":"user@example.com","username":"user@example.com",)"
              R"("first_name":"John","last_name":"Doe","user_type":"customer",)"
              R"("date_joined":"2023-11-14T22:13:20Z"})");

    auto const refresh =
        R"({"refresh":")" + std::string(data.at("refresh_token").as_string()) + R"("})";
    auto const pair = post(refresh_path, refresh);
    EXPECT_EQ(pair.status, 200);
    EXPECT_TRUE(bj::parse(pair.body).at("access").is_string());
    EXPECT_TRUE(bj::parse(pair.body).at("refresh").is_string());
    auto const again = post(refresh_path, refresh);
    EXPECT_EQ(again.status, 401);
    EXPECT_EQ(again.body, R"({"detail":"Token is blacklisted","code":"token_not_valid"})");
}

struct Refused {
    std::string_view body;
    std::string_view answer;
};

TEST_P(Auth, RegistrationsThatAreRefused) {
    registered("taken@example.com");
    auto const long_password = std::string(129, 'x');
    auto const too_long = R"({"email":"a@example.com","password":")" + long_password +
                          R"(","password_confirm":")" + long_password + R"("})";
    Refused const table[]{
        {"{}",
         R"({"email":["This field is required."],"password":["This field is required."],"password_confirm":["This field is required."]})"},
        {"[]", R"({"non_field_errors":["Invalid data. Expected a dictionary, but got list."]})"},
        {R"({"email":"a@example.com","password":"password123","password_confirm":"password124"})",
         R"({"password_confirm":["Passwords do not match"]})"},
        {R"({"email":"a","password":"password123","password_confirm":"password124"})",
         R"({"email":["Enter a valid email address."]})"},
        {R"({"email":"TAKEN@example.com","password":"password123","password_confirm":"password123"})",
         R"({"email":["This email is already in use."]})"},
        {R"({"email":"taken@example.com","password":"abc","password_confirm":"abc"})",
         R"({"email":["This email is already in use."],"password":["This password is too short. It must contain at least 8 characters."]})"},
        {R"({"email":"a@example.com","password":" ","password_confirm":" "})",
         R"({"password":["This password is too short. It must contain at least 8 characters."]})"},
        {R"({"email":"a@example.com","password":12345678,"password_confirm":12345678})",
         R"({"password":["This password is entirely numeric."]})"},
        {R"({"email":"a@example.com","password":"a@example.com","password_confirm":"a@example.com"})",
         R"({"password":["The password is too similar to the email."]})"},
        {R"({"email":"a@example.com","password":"","password_confirm":""})",
         R"({"password":["This field may not be blank."],"password_confirm":["This field may not be blank."]})"},
        {too_long,
         R"({"password":["Ensure this field has no more than 128 characters."],"password_confirm":["Ensure this field has no more than 128 characters."]})"},
        {R"({"email":"a@example.com","password":"password123","password_confirm":"password123","user_type":"root"})",
         R"({"user_type":["\"root\" is not a valid choice."]})"},
        {R"({"email":"a@example.com","password":"password123","password_confirm":"password123","user_type":"admin"})",
         R"({"user_type":["\"admin\" is not a valid choice."]})"},
    };
    for (auto const& [body, answer] : table) {
        auto const response = post(register_path, body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_EQ(response.body, answer) << body;
    }
    EXPECT_EQ(post(register_path, R"({"email": )").status, 400);
    EXPECT_EQ(count("users"), 1) << "nothing was made";
}

TEST_P(Auth, AdminsMakeAdmins) {
    auto const customer = registered("customer@example.com");
    identity_.create_admin("root@example.com", "password123");
    auto const admin =
        *identity_.log_in("root@example.com", "password123", identity::Surface::shop);
    auto const wanted = R"({"email":"second@example.com","password":"password123",
        "password_confirm":"password123","user_type":"admin"})";
    EXPECT_EQ(post(register_path, wanted, customer.tokens.access).status, 400);
    auto const made = post(register_path, wanted, admin.tokens.access);
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(bj::parse(made.body).at("data").at("user").at("user_type"), "admin");
}

TEST_P(Auth, LoginsThatAreRefused) {
    registered("user@example.com");
    Refused const table[]{
        {"{}", R"({"email":["This field is required."],"password":["This field is required."]})"},
        {R"({"email":"user","password":"x"})", R"({"email":["Enter a valid email address."]})"},
        {R"({"email":"user@example.com","password":""})",
         R"({"password":["This field may not be blank."]})"},
        {R"({"email":"user@example.com","password":"x"})",
         R"({"non_field_errors":["Invalid credentials"]})"},
        {R"({"email":"nobody@example.com","password":"x"})",
         R"({"non_field_errors":["Invalid credentials"]})"},
    };
    for (auto const& [body, answer] : table) {
        auto const response = post(login_path, body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_EQ(response.body, answer) << body;
    }
    for (int i = 0; i < 4; ++i) post(login_path, table[3].body);
    auto const locked =
        post(login_path, R"({"email":"USER@example.com","password":"password123"})");
    EXPECT_EQ(locked.status, 403);
    EXPECT_EQ(locked.body, R"({"detail":"Account locked due to too many failed login attempts."})");
}

TEST_P(Auth, RefreshesThatAreRefused) {
    auto const user = registered("user@example.com");
    EXPECT_EQ(post(refresh_path, "{}").status, 400);
    EXPECT_EQ(post(refresh_path, "{}").body, R"({"refresh":["This field is required."]})");
    auto response = post(refresh_path, R"({"refresh":"garbage"})");
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body,
              R"({"detail":"Token is invalid or expired","code":"token_not_valid"})");
    response = post(refresh_path, R"({"refresh":")" + user.tokens.access + R"("})");
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.body, R"({"detail":"Token has wrong type","code":"token_not_valid"})");
}

TEST_P(Auth, ProfileChanges) {
    auto const user = registered("user@example.com");
    registered("taken@example.com");
    auto const& token = user.tokens.access;
    auto const patch = [&](std::string_view body) {
        return send(Method::patch, profile_path, body, token);
    };
    EXPECT_EQ(send(Method::put, profile_path, "{}", token).body,
              R"({"email":["This field is required."]})");
    EXPECT_EQ(patch("{}").status, 200);
    EXPECT_EQ(patch(R"({"email":"TAKEN@example.com"})").body,
              R"({"email":["This email is already in use."]})");
    EXPECT_EQ(patch(R"({"email":null})").body, R"({"email":["This field may not be null."]})");
    EXPECT_EQ(patch(R"({"email":"user@example.com"})").status, 200);
    auto const kept = bj::parse(patch(R"({"user_type":"admin","id":77,"username":"root"})").body);
    EXPECT_EQ(kept.at("user_type"), "customer");
    EXPECT_EQ(kept.at("id"), 1);
    EXPECT_EQ(kept.at("username"), "user@example.com");
    auto const changed = bj::parse(
        send(Method::put, profile_path, R"({"email":"new@example.com","first_name":"Jane"})", token)
            .body);
    EXPECT_EQ(changed.at("email"), "new@example.com");
    EXPECT_EQ(changed.at("username"), "new@example.com");
    EXPECT_EQ(changed.at("first_name"), "Jane");
}

TEST_P(Auth, PasswordChanges) {
    auto const user = registered("user@example.com");
    auto const& token = user.tokens.access;
    auto const change = [&](std::string_view body) {
        return post(password_path, body, token);
    };
    Refused const table[]{
        {"{}",
         R"({"old_password":["This field is required."],"new_password":["This field is required."],"new_password_confirm":["This field is required."]})"},
        {R"({"old_password":"x","new_password":"newpassword1","new_password_confirm":"other"})",
         R"({"old_password":["Old password is incorrect"]})"},
        {R"({"old_password":"password123","new_password":"newpassword1","new_password_confirm":"other"})",
         R"({"new_password":["New passwords do not match"]})"},
        {R"({"old_password":"password123","new_password":"new","new_password_confirm":"new"})",
         R"({"new_password":["This password is too short. It must contain at least 8 characters."]})"},
    };
    for (auto const& [body, answer] : table) {
        auto const response = change(body);
        EXPECT_EQ(response.status, 400) << body;
        EXPECT_EQ(response.body, answer) << body;
    }
    auto const done = change(
        R"({"old_password":"password123","new_password":"newpassword1","new_password_confirm":"newpassword1"})");
    EXPECT_EQ(done.status, 200);
    EXPECT_EQ(done.body, R"({"message":"Password changed successfully"})");
}

}  // namespace
}  // namespace cartwright::shop
