#include "surfaces/customer/payment_methods.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "features/wallet/card_number.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/list_page.hpp"

namespace cartwright::customer {
namespace {

using wallet::Card, wallet::Methods, wallet::Saved, wallet::UpiId;

constexpr std::size_t name_max = 150;
constexpr std::size_t nickname_max = 100;
constexpr std::size_t token_max = 255;
constexpr std::size_t upi_max = 255;
constexpr std::size_t upi_name_min = 2;
constexpr std::size_t upi_handle_min = 2;
constexpr std::size_t upi_handle_max = 64;
constexpr std::int64_t year_min = 2000;
constexpr std::int64_t year_max = 2099;

/// Anywhere in it, in names too.
bool holds_card_number(boost::json::value const& value) {
    if (auto const* object = value.if_object())
        return std::ranges::any_of(*object, [](auto const& member) {
            return wallet::has_card_number(member.key()) || holds_card_number(member.value());
        });
    if (auto const* array = value.if_array()) return std::ranges::any_of(*array, holds_card_number);
    if (auto const* text = value.if_string()) return wallet::has_card_number(*text);
    if (auto const* number = value.if_double())
        return wallet::has_card_number(fmt::format("{:.0f}", *number));
    if (auto const* number = value.if_int64())
        return wallet::has_card_number(std::to_string(*number));
    if (auto const* number = value.if_uint64())
        return wallet::has_card_number(std::to_string(*number));
    return false;
}

/// Comes before any other reading: what is refused otherwise may be told with its value.
void refuse_card_numbers(http::FieldReader& in) {
    auto const* fields = in.body().json.if_object();
    if (fields == nullptr) return;
    for (auto const& field : *fields) {
        bool const in_name = wallet::has_card_number(field.key());
        if (!in_name && !holds_card_number(field.value())) continue;
        in.problem(in_name ? "non_field_errors" : std::string_view(field.key()),
                   "Full card numbers are not accepted.");
    }
}

void read_nickname(http::FieldReader& in, std::string_view name, std::string& nickname) {
    if (in.is_null(name))
        nickname.clear();
    else if (auto sent = in.maybe_text(name, {.length_max = nickname_max, .blank_allowed = true}))
        nickname = std::move(*sent);
}

void check_last_four(http::FieldReader& in, Card const& card) {
    bool const are_digits =
        std::ranges::all_of(card.last_four, [](char c) { return c >= '0' && c <= '9'; });
    if (!in.has_problem("last_four") && (!are_digits || card.last_four.size() != 4))
        in.problem("last_four", "Enter the last four digits of the card.");
}

/// A card is good until its month ends.
void check_expiry(http::FieldReader& in, Card const& card, Instant now) {
    if (in.has_problem("expiry_year") || in.has_problem("expiry_month")) return;
    std::chrono::year_month_day const today{std::chrono::floor<std::chrono::days>(now)};
    auto const year = static_cast<int>(today.year());
    auto const month = static_cast<unsigned>(today.month());
    if (card.expiry_year < year || (card.expiry_year == year && card.expiry_month < month))
        in.problem("expiry_year", "This card has expired.");
}

/// Reads what the body says over `card`. `whole`: what every card needs must be there.
void read_method(http::FieldReader& in, bool whole, Instant now, Card& card) {
    if (whole || in.has("card_type"))
        card.brand = in.choice("card_type", {"VISA", "MASTERCARD", "RUPAY", "AMEX", "DINERS",
                                             "DISCOVER", "JCB", "MAESTRO", "UNIONPAY", "OTHER"});
    if (whole || in.has("last_four")) {
        card.last_four = in.text("last_four");
        check_last_four(in, card);
    }
    if (whole || in.has("expiry_month"))
        card.expiry_month = in.integer("expiry_month", {.min = 1, .max = 12});
    if (whole || in.has("expiry_year"))
        card.expiry_year = in.integer("expiry_year", {.min = year_min, .max = year_max});
    if (whole || in.has("expiry_month") || in.has("expiry_year")) check_expiry(in, card, now);
    if (whole || in.has("card_holder_name"))
        card.holder = in.text("card_holder_name", {.length_max = name_max});
    read_nickname(in, "card_nickname", card.nickname);
    if (whole || in.has("gateway_token"))
        card.gateway_token = in.text("gateway_token", {.length_max = token_max});
}

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// "name@handle". Source: NPCI, UPI Procedural Guidelines, "virtual payment address".
bool is_upi_id(std::string_view text) {
    auto const at = text.find('@');
    if (at == std::string_view::npos) return false;
    auto const name = text.substr(0, at);
    auto const handle = text.substr(at + 1);
    return name.size() >= upi_name_min && handle.size() >= upi_handle_min &&
           handle.size() <= upi_handle_max && !(handle.front() >= '0' && handle.front() <= '9') &&
           std::ranges::all_of(handle, is_letter_or_digit) && std::ranges::all_of(name, [](char c) {
               return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
           });
}

void read_method(http::FieldReader& in, bool whole, Instant, UpiId& upi) {
    if (whole || in.has("upi_id")) {
        upi.address = in.text("upi_id", {.length_max = upi_max});
        if (!in.has_problem("upi_id") && !is_upi_id(upi.address))
            in.problem("upi_id", "Enter a valid UPI id, e.g. name@bank.");
    }
    read_nickname(in, "upi_nickname", upi.nickname);
}

/// What the kinds differ in.
template <class Method>
struct Kind;

template <>
struct Kind<Card> {
    static constexpr std::string_view added = "Card saved successfully";
    static constexpr std::string_view changed = "Card updated successfully";
    static constexpr std::string_view removed = "Card deleted successfully";
    static constexpr std::string_view preferred = "Default card updated successfully";
    static constexpr std::string_view full =
        "You have saved as many cards as you may. Delete one first.";
    static constexpr std::array<std::string_view, 10> fields{
        "id",          "card_type",        "last_four",     "expiry_month",
        "expiry_year", "card_holder_name", "card_nickname", "is_default",
        "is_active",   "created_at"};

    static void sort(std::vector<Saved<Card>>& all, std::string_view field) {
        auto const by = [&](auto const& key) {
            std::ranges::stable_sort(all, {}, key);
        };
        if (field == "card_type") by([](auto const& c) { return c.method.brand; });
        if (field == "last_four") by([](auto const& c) { return c.method.last_four; });
        if (field == "expiry_month") by([](auto const& c) { return c.method.expiry_month; });
        if (field == "expiry_year") by([](auto const& c) { return c.method.expiry_year; });
        if (field == "card_holder_name") by([](auto const& c) { return c.method.holder; });
        if (field == "card_nickname") by([](auto const& c) { return c.method.nickname; });
    }
};

template <>
struct Kind<UpiId> {
    static constexpr std::string_view added = "UPI id saved successfully";
    static constexpr std::string_view changed = "UPI id updated successfully";
    static constexpr std::string_view removed = "UPI id deleted successfully";
    static constexpr std::string_view preferred = "Default UPI id updated successfully";
    static constexpr std::string_view full =
        "You have saved as many UPI ids as you may. Delete one first.";
    static constexpr std::array<std::string_view, 6> fields{
        "id", "upi_id", "upi_nickname", "is_default", "is_active", "created_at"};

    static void sort(std::vector<Saved<UpiId>>& all, std::string_view field) {
        if (field == "upi_id")
            std::ranges::stable_sort(all, {}, [](auto const& u) { return u.method.address; });
        if (field == "upi_nickname")
            std::ranges::stable_sort(all, {}, [](auto const& u) { return u.method.nickname; });
    }
};

template <class Method>
http::Response shown(int status, std::string_view message, Saved<Method> const& saved) {
    return success(message, [&](json::Writer& w) { write_method(w, saved); }, status);
}

template <class Method>
http::Response refused(wallet::Refusal refusal) {
    switch (refusal) {
        case wallet::Refusal::unknown: return not_found();
        case wallet::Refusal::too_many: return error(400, Kind<Method>::full);
    }
    std::unreachable();
}

template <class Method>
http::Response list(Methods<Method>& methods, Clock const&, http::Call const& call) {
    auto const wanted = wanted_page(call, Kind<Method>::fields, "id");
    if (!wanted) return wanted.error();
    auto all = methods.list(call.caller.user);  // by id, and so by age
    Kind<Method>::sort(all, wanted->field);
    if (wanted->field == "is_default")
        std::ranges::stable_sort(all, {}, &Saved<Method>::is_default);
    if (wanted->field == "is_active")
        std::ranges::stable_sort(all, {}, [](auto const& s) { return s.method.is_active; });
    if (wanted->descending) std::ranges::reverse(all);
    return page_of(call, *wanted, all,
                   [](json::Writer& w, Saved<Method> const& saved) { write_method(w, saved); });
}

/// Reads what the body says over `method`; whether it is to be the default.
template <class Method>
bool read(http::FieldReader& in, bool whole, Clock const& clock, Method& method) {
    refuse_card_numbers(in);
    if (!in) return false;
    read_method(in, whole, clock.now(), method);
    method.is_active = in.maybe_boolean("is_active").value_or(method.is_active);
    return in.maybe_boolean("is_default").value_or(false);
}

template <class Method>
http::Response add(Methods<Method>& methods, Clock const& clock, http::Call const& call) {
    http::FieldReader in(call.body);
    Method method;
    auto const make_default = read(in, true, clock, method);
    if (!in) return bad_request(in);
    auto const added = methods.add(call.caller.user, method, make_default);
    return added ? shown(201, Kind<Method>::added, *added) : refused<Method>(added.error());
}

template <class Method>
std::optional<Id<Method>> named(http::Call const& call) {
    auto const id = call.path_id("id");
    return id ? std::optional(Id<Method>{*id}) : std::nullopt;
}

template <class Method>
http::Response change(Methods<Method>& methods, Clock const& clock, http::Call const& call) {
    auto const id = named<Method>(call);
    auto before = id ? methods.find(call.caller.user, *id) : std::nullopt;
    if (!before) return not_found();
    http::FieldReader in(call.body);
    auto const make_default = read(in, false, clock, before->method);
    if (!in) return bad_request(in);
    auto const changed = methods.change(call.caller.user, *id, before->method, make_default);
    return changed ? shown(200, Kind<Method>::changed, *changed) : refused<Method>(changed.error());
}

template <class Method>
http::Response remove(Methods<Method>& methods, Clock const&, http::Call const& call) {
    auto const id = named<Method>(call);
    return id && methods.remove(call.caller.user, *id) ? done(Kind<Method>::removed) : not_found();
}

template <class Method>
http::Response set_default(Methods<Method>& methods, Clock const&, http::Call const& call) {
    auto const id = named<Method>(call);
    if (!id) return not_found();
    auto const chosen = methods.set_default(call.caller.user, *id);
    return chosen ? shown(200, Kind<Method>::preferred, *chosen) : refused<Method>(chosen.error());
}

/// The paths of a kind, and what OpenAPI says of them.
struct Routes {
    std::string_view all;
    std::string_view one;
    std::array<std::string_view, 2> preferred;
    std::string_view list_summary;
    std::string_view add_summary;
    std::string_view change_summary;
    std::string_view remove_summary;
    std::string_view prefer_summary;
    std::string_view list_schema;
    std::string_view answer_schema;
    std::string_view request_schema;
    std::string_view change_schema;
};

template <class Method>
void mount(http::Router& router, Methods<Method>& methods, Clock const& clock,
           Routes const& routes) {
    using enum http::Method;
    using namespace std::chrono_literals;
    auto const route = [&](http::Method method, std::string_view path, http::Doc doc, auto handler,
                           http::RateLimit limit) {
        doc.tag = "Payment methods";
        if (path != routes.all) doc.errors = {{404, "ErrorEnvelope"}};
        router.add(
            {.method = method,
             .path = path,
             .access = http::Access::user,
             .lane = method == get ? http::Lane::read : http::Lane::write,
             .doc = std::move(doc),
             .handler = [&methods, &clock,
                         handler](http::Call const& call) { return handler(methods, clock, call); },
             .limit = limit});
    };
    constexpr http::RateLimit often{.name = "payment_methods", .count = 200, .per = 1min};
    constexpr http::RateLimit seldom{.name = "payment_method_changes", .count = 60, .per = 1h};
    route(get, routes.all,
          {.summary = routes.list_summary,
           .tag = {},
           .response = routes.list_schema,
           .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}},
           .query = page_docs("A field of the list; `-` for descending. By id.")},
          list<Method>, often);
    route(post, routes.all,
          {.summary = routes.add_summary,
           .tag = {},
           .request = routes.request_schema,
           .success = 201,
           .response = routes.answer_schema},
          add<Method>, seldom);
    route(patch, routes.one,
          {.summary = routes.change_summary,
           .tag = {},
           .request = routes.change_schema,
           .response = routes.answer_schema},
          change<Method>, seldom);
    route(del, routes.one, {.summary = routes.remove_summary, .tag = {}, .response = "Done"},
          remove<Method>, seldom);
    for (auto const path : routes.preferred)
        route(post, path,
              {.summary = routes.prefer_summary, .tag = {}, .response = routes.answer_schema},
              set_default<Method>, often);
}

template <class Method>
void write_end(json::Writer& w, Saved<Method> const& saved) {
    w.field("is_default", saved.is_default).field("is_active", saved.method.is_active);
    w.field("created_at", saved.created_at).end_object();
}

}  // namespace

void write_method(json::Writer& w, Saved<Card> const& saved) {
    auto const& card = saved.method;
    w.begin_object().field("id", saved.id).field("card_type", card.brand);
    w.field("last_four", card.last_four);
    w.field("expiry_month", fmt::format("{:02}", card.expiry_month));
    w.field("expiry_year", std::to_string(card.expiry_year));
    w.field("card_holder_name", card.holder).field("card_nickname", card.nickname);
    write_end(w, saved);
}

void write_method(json::Writer& w, Saved<UpiId> const& saved) {
    w.begin_object().field("id", saved.id).field("upi_id", saved.method.address);
    w.field("upi_nickname", saved.method.nickname);
    write_end(w, saved);
}

void mount_payment_methods(http::Router& router, wallet::Cards& cards, wallet::UpiIds& upi_ids,
                           Clock const& clock) {
    mount(router, cards, clock,
          {.all = "/api/auth/payment-methods/cards/",
           .one = "/api/auth/payment-methods/cards/<id>/",
           .preferred = {"/api/auth/payment-methods/cards/set-default/<id>/",
                         "/api/auth/payment-methods/cards/<id>/set-default/"},
           .list_summary = "The caller's saved cards",
           .add_summary = "Save a card by its gateway's token; the first is the default",
           .change_summary = "Change a saved card",
           .remove_summary = "Delete a saved card; where it was the default, another is",
           .prefer_summary = "Make a saved card the default",
           .list_schema = "SavedCards",
           .answer_schema = "SavedCardAnswer",
           .request_schema = "SavedCardRequest",
           .change_schema = "SavedCardChange"});
    mount(router, upi_ids, clock,
          {.all = "/api/auth/payment-methods/upi/",
           .one = "/api/auth/payment-methods/upi/<id>/",
           .preferred = {"/api/auth/payment-methods/upi/set-default/<id>/",
                         "/api/auth/payment-methods/upi/<id>/set-default/"},
           .list_summary = "The caller's saved UPI ids",
           .add_summary = "Save a UPI id; the first is the default",
           .change_summary = "Change a saved UPI id",
           .remove_summary = "Delete a saved UPI id; where it was the default, another is",
           .prefer_summary = "Make a saved UPI id the default",
           .list_schema = "SavedUpiIds",
           .answer_schema = "SavedUpiIdAnswer",
           .request_schema = "SavedUpiIdRequest",
           .change_schema = "SavedUpiIdChange"});
}

}  // namespace cartwright::customer
