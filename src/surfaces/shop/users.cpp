#include "surfaces/shop/users.hpp"

#include <array>
#include <utility>

#include "platform/json/writer.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using identity::Identity, identity::Tier, identity::UserOrder, identity::UserType;

constexpr std::array<std::pair<std::string_view, UserType>, 2> types{
    {{"customer", UserType::customer}, {"admin", UserType::admin}}};
constexpr std::array<std::pair<std::string_view, Tier>, 2> tiers{
    {{"standard", Tier::standard}, {"premium", Tier::premium}}};
constexpr std::array<std::pair<std::string_view, UserOrder>, 12> order_fields{{
    {"id", UserOrder::id},
    {"email", UserOrder::email},
    {"username", UserOrder::username},
    {"first_name", UserOrder::first_name},
    {"last_name", UserOrder::last_name},
    {"user_type", UserOrder::type},
    {"tier", UserOrder::tier},
    {"is_active", UserOrder::is_active},
    {"is_verified", UserOrder::is_verified},
    {"phone_number", UserOrder::phone_number},
    {"date_joined", UserOrder::joined_at},
    {"last_login", UserOrder::last_login_at},
}};

void write_user(json::Writer& w, identity::User const& user) {
    w.begin_object().field("id", user.id).field("email", user.email);
    w.field("username", user.username).field("first_name", user.first_name);
    w.field("last_name", user.last_name).field("user_type", to_string(user.type));
    w.field("tier", to_string(user.tier)).field("is_active", user.is_active);
    w.field("is_verified", user.is_verified).field("phone_number", user.phone_number);
    w.field("date_joined", user.joined_at).field("last_login", user.last_login_at).end_object();
}

http::Response shown(identity::User const& user) {
    http::Response response;
    json::Writer w(response.body);
    write_user(w, user);
    return response;
}

http::Response list(Identity& identity, http::Call const& call) {
    QueryReader reader(call.query);
    identity::UserFilter const filter{.search = reader.text("search").value_or(""),
                                      .type = reader.choice("user_type", types),
                                      .tier = reader.choice("tier", tiers),
                                      .is_active = reader.flag("is_active"),
                                      .is_verified = reader.flag("is_verified")};
    std::vector<identity::UserOrdering> ordering;
    for (auto const& [by, descending] : reader.ordering("Users", order_fields))
        ordering.push_back({by, descending});
    if (!reader.fine()) return reader.bad_request();
    return paged(call, identity.count_users(filter),
                 [&](json::Writer& w, std::int64_t first, std::int64_t size) {
                     for (auto const& user : identity.list_users(filter, ordering, first, size))
                         write_user(w, user);
                 });
}

/// Accounts that their people deleted are rows for the books, not users.
std::optional<identity::User> named(Identity& identity, http::Call const& call) {
    auto const id = call.path_id("id");
    auto user = id ? identity.find(UserId{*id}) : std::nullopt;
    return user && !user->is_deleted ? std::move(user) : std::nullopt;
}

http::Response show(Identity& identity, http::Call const& call) {
    auto const user = named(identity, call);
    return user ? shown(*user) : not_found();
}

http::Response refused(identity::UserChangeRefusal why) {
    using enum identity::UserChangeRefusal;
    switch (why) {
        case unknown_user: return not_found();
        case oneself: return error(400, "You cannot take your own rights away");
        case last_admin: return error(400, "The last admin must remain");
    }
    std::unreachable();
}

http::Response change(Identity& identity, http::Call const& call) {
    auto const user = named(identity, call);
    if (!user) return not_found();
    http::FieldReader in(call.body);
    identity::UserChange change;
    if (auto const tier = in.maybe_choice("tier", {"standard", "premium"}))
        change.tier = *tier == "premium" ? Tier::premium : Tier::standard;
    change.is_active = in.maybe_boolean("is_active");
    if (auto const type = in.maybe_choice("user_type", {"customer", "admin"}))
        change.type = *type == "admin" ? UserType::admin : UserType::customer;
    if (!in) return bad_request(in);
    auto const changed = identity.change_user(user->id, change, common::actor_of(call));
    return changed ? shown(*changed) : refused(changed.error());
}

}  // namespace

void mount_users(http::Router& router, Identity& identity) {
    using http::Lane, http::Method;
    auto const add = [&](Method method, std::string_view path, Lane lane, http::Doc doc,
                         auto handler) {
        doc.tag = "Administration";
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::admin,
                    .lane = lane,
                    .doc = std::move(doc),
                    .handler = [&identity, handler](
                                   http::Call const& call) { return handler(identity, call); },
                    .admin_noun = "users"});
    };
    constexpr std::string_view one = "/api/v1/users/<id>/";
    add(Method::get, "/api/v1/users/", Lane::scan,
        {.summary = "List users",
         .tag = {},
         .response = "UserList",
         .errors = {{400, "FieldErrors"}, {404, "Detail"}},
         .query = {{"search", "string", "Words that all occur in e-mail, username or name."},
                   {"user_type", "string", "`customer` or `admin`."},
                   {"tier", "string", "`standard` or `premium`."},
                   {"is_active", "boolean", "Only users who may log in, or who may not."},
                   {"is_verified", "boolean", "Only users whose address is proven, or is not."},
                   {"ordering", "string",
                    "Fields of the list, comma-separated, `-` for descending: `-date_joined`."},
                   {"page", "integer", "From 1; `last` is the last one."},
                   {"page_size", "integer", "Users a page: 20, at most 100."}}},
        list);
    add(Method::get, one, Lane::read,
        {.summary = "Get a user",
         .tag = {},
         .response = "ManagedUser",
         .errors = {{404, "Detail"}}},
        show);
    add(Method::patch, one, Lane::write,
        {.summary = "Change a user's tier or rights, or deactivate him",
         .tag = {},
         .request = "UserPatch",
         .response = "ManagedUser",
         .errors = {{400, "Error"}, {404, "Detail"}}},
        change);
}

}  // namespace cartwright::shop
