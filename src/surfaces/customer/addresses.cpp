#include "surfaces/customer/addresses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "surfaces/customer/envelope.hpp"
#include "surfaces/customer/fields.hpp"
#include "surfaces/customer/list_page.hpp"

namespace cartwright::customer {
namespace {

using addresses::Address, addresses::AddressId, addresses::Addresses, addresses::Details;

constexpr std::size_t name_max = 150;
constexpr std::size_t line_max = 255;
constexpr std::size_t place_max = 100;
constexpr std::size_t pin_code_max = 10;
constexpr std::size_t indian_pin_digits = 6;

void write_degrees(json::Writer& w, std::string_view name, std::optional<std::int64_t> e7) {
    w.key(name);
    e7 ? w.raw(fmt::format("{}", static_cast<double>(*e7) / 1e7)) : w.null();
}

http::Response shown(int status, std::string_view message, Address const& address) {
    return success(message, [&](json::Writer& w) { write_address(w, address); }, status);
}

http::Response refused(addresses::Refusal refusal) {
    switch (refusal) {
        case addresses::Refusal::unknown: return not_found();
        case addresses::Refusal::too_many:
            return error(400, "Your address book is full. Delete an address first.");
    }
    std::unreachable();
}

/// Replaces `text` where the body names it; it must be there in a `whole` address.
void read_required(http::FieldReader& in, std::string_view name, std::size_t length_max, bool whole,
                   std::string& text) {
    http::TextRules const rules{.length_max = length_max};
    if (whole || in.has(name)) text = in.text(name, rules);
}

void read_optional(http::FieldReader& in, std::string_view name, std::string& text) {
    if (in.is_null(name))
        text.clear();
    else if (auto sent = in.maybe_text(name, {.length_max = line_max, .blank_allowed = true}))
        text = std::move(*sent);
}

/// Indian ones are six digits; of those of other countries nothing is known.
void check_pin_code(http::FieldReader& in, Details const& details) {
    if (text::to_lower_ascii(details.country) != "india" || in.has_problem("pin_code")) return;
    bool const are_digits =
        std::ranges::all_of(details.pin_code, [](char c) { return c >= '0' && c <= '9'; });
    if (!are_digits || details.pin_code.size() != indian_pin_digits)
        in.problem("pin_code", "Enter a valid pin code of six digits.");
}

/// Reads what the body says over `details`. `whole`: what every address needs must be there.
void read_details(http::FieldReader& in, bool whole, Details& details) {
    read_required(in, "contact_name", name_max, whole, details.contact_name);
    read_required(in, "street_address", line_max, whole, details.street_address);
    read_optional(in, "street_address_2", details.street_address_2);
    read_optional(in, "landmark", details.landmark);
    read_required(in, "city", place_max, whole, details.city);
    read_required(in, "state", place_max, whole, details.state);
    read_required(in, "pin_code", pin_code_max, whole, details.pin_code);
    read_required(in, "country", place_max, false, details.country);
    check_pin_code(in, details);
    if (whole || in.has("phone_number"))
        details.phone_number = read_required_phone(in, "phone_number");
    if (auto const kind = in.maybe_choice("address_type", {"HOME", "WORK", "OTHER"}))
        details.kind = addresses::kind_of(*kind);
    if (in.has("latitude")) details.latitude_e7 = read_degrees(in, "latitude", 90);
    if (in.has("longitude")) details.longitude_e7 = read_degrees(in, "longitude", 180);
}

struct Order {
    std::string_view field;
    void (*sort)(std::vector<Address>&);
};

template <auto projection>
constexpr auto sorted_by = [](std::vector<Address>& all) {
    std::ranges::stable_sort(all, {}, [](Address const& a) { return projection(a); });
};
template <std::string Details::* text>
constexpr auto by_text = sorted_by<[](Address const& a) {
    return a.details.*text;
}>;

constexpr std::array orders{Order{"id", sorted_by<[](Address const& a) {
                                      return a.id;
                                  }>},
                            Order{"contact_name", by_text<&Details::contact_name>},
                            Order{"street_address", by_text<&Details::street_address>},
                            Order{"street_address_2", by_text<&Details::street_address_2>},
                            Order{"landmark", by_text<&Details::landmark>},
                            Order{"city", by_text<&Details::city>},
                            Order{"state", by_text<&Details::state>},
                            Order{"pin_code", by_text<&Details::pin_code>},
                            Order{"country", by_text<&Details::country>},
                            Order{"phone_number", by_text<&Details::phone_number>},
                            Order{"address_type", sorted_by<[](Address const& a) {
                                      return to_string(a.details.kind);
                                  }>},
                            Order{"latitude", sorted_by<[](Address const& a) {
                                      return a.details.latitude_e7;
                                  }>},
                            Order{"longitude", sorted_by<[](Address const& a) {
                                      return a.details.longitude_e7;
                                  }>},
                            Order{"is_default", sorted_by<[](Address const& a) {
                                      return a.is_default;
                                  }>},
                            Order{"full_address", sorted_by<[](Address const& a) {
                                      return full_address(a.details);
                                  }>},
                            Order{"created_at", sorted_by<[](Address const& a) {
                                      return a.created_at;
                                  }>},
                            Order{"updated_at", sorted_by<[](Address const& a) {
                                      return a.updated_at;
                                  }>}};

constexpr auto order_fields = [] {
    std::array<std::string_view, orders.size()> fields;
    std::ranges::transform(orders, fields.begin(), &Order::field);
    return fields;
}();

http::Response list(Addresses& addresses, http::Call const& call) {
    auto const wanted = wanted_page(call, order_fields, "id");
    if (!wanted) return wanted.error();
    auto all = addresses.list(call.caller.user);
    std::ranges::find(orders, wanted->field, &Order::field)->sort(all);
    if (wanted->descending) std::ranges::reverse(all);
    return page_of(call, *wanted, all, write_address);
}

http::Response add(Addresses& addresses, http::Call const& call) {
    http::FieldReader in(call.body);
    Details details;
    read_details(in, true, details);
    auto const make_default = in.maybe_boolean("is_default").value_or(false);
    if (!in) return bad_request(in);
    auto const added = addresses.add(call.caller.user, details, make_default);
    return added ? shown(201, "Address added successfully", *added) : refused(added.error());
}

http::Response change(Addresses& addresses, http::Call const& call) {
    auto const id = call.path_id("address_id");
    auto const before = id ? addresses.find(call.caller.user, AddressId{*id}) : std::nullopt;
    if (!before) return not_found();
    http::FieldReader in(call.body);
    auto details = before->details;
    read_details(in, false, details);
    auto const make_default = in.maybe_boolean("is_default").value_or(false);
    if (!in) return bad_request(in);
    // Read over what is there by then: somebody else's change of other fields stays.
    auto const changed = addresses.change(
        call.caller.user, before->id, [&](Details& now) { read_details(in, false, now); },
        make_default);
    return changed ? shown(200, "Address updated successfully", *changed)
                   : refused(changed.error());
}

http::Response remove(Addresses& addresses, http::Call const& call) {
    auto const id = call.path_id("address_id");
    return id && addresses.remove(call.caller.user, AddressId{*id})
               ? done("Address deleted successfully")
               : not_found();
}

http::Response set_default(Addresses& addresses, http::Call const& call) {
    auto const id = call.path_id("address_id");
    if (!id) return not_found();
    auto const chosen = addresses.set_default(call.caller.user, AddressId{*id});
    return chosen ? shown(200, "Default address updated successfully", *chosen)
                  : refused(chosen.error());
}

http::Response show_default(Addresses& addresses, http::Call const& call) {
    auto const address = addresses.find_default(call.caller.user);
    return address ? shown(200, {}, *address) : error(404, "There is no default address.");
}

}  // namespace

void write_address(json::Writer& w, Address const& address) {
    auto const& details = address.details;
    w.begin_object().field("id", address.id).field("contact_name", details.contact_name);
    w.field("street_address", details.street_address);
    w.field("street_address_2", details.street_address_2).field("landmark", details.landmark);
    w.field("city", details.city).field("state", details.state);
    w.field("pin_code", details.pin_code).field("country", details.country);
    w.field("phone_number", details.phone_number).field("address_type", to_string(details.kind));
    write_degrees(w, "latitude", details.latitude_e7);
    write_degrees(w, "longitude", details.longitude_e7);
    // Nobody verifies addresses; the reference has the field.
    w.field("is_default", address.is_default).field("is_verified", false);
    w.field("full_address", full_address(details)).field("created_at", address.created_at);
    w.field("updated_at", address.updated_at).end_object();
}

void mount_addresses(http::Router& router, Addresses& addresses) {
    using http::Method;
    using namespace std::chrono_literals;
    auto const route = [&](Method method, std::string_view path, http::Doc doc, auto handler,
                           http::RateLimit limit) {
        doc.tag = "Addresses";
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::user,
                    .lane = method == Method::get ? http::Lane::read : http::Lane::write,
                    .doc = std::move(doc),
                    .handler = [&addresses, handler](
                                   http::Call const& call) { return handler(addresses, call); },
                    .limit = limit});
    };
    route(Method::get, "/api/auth/addresses/",
          {.summary = "The caller's addresses",
           .tag = {},
           .response = "Addresses",
           .errors = {{400, "ErrorEnvelope"}, {404, "ErrorEnvelope"}},
           .query = page_docs("A field of an address; `-` for descending. By id.")},
          list, {.name = "addresses", .count = 200, .per = 1min});
    route(Method::post, "/api/auth/addresses/",
          {.summary = "Add an address; the first is the default",
           .tag = {},
           .request = "AddressRequest",
           .success = 201,
           .response = "AddressAnswer"},
          add, {.name = "address_add", .count = 20, .per = 1h});
    route(Method::patch, "/api/auth/addresses/<address_id>/",
          {.summary = "Change an address",
           .tag = {},
           .request = "AddressChange",
           .response = "AddressAnswer",
           .errors = {{404, "ErrorEnvelope"}}},
          change, {.name = "address_update", .count = 20, .per = 1h});
    route(Method::del, "/api/auth/addresses/<address_id>/",
          {.summary = "Delete an address; where it was the default, another is",
           .tag = {},
           .response = "Done",
           .errors = {{404, "ErrorEnvelope"}}},
          remove, {.name = "address_delete", .count = 20, .per = 1h});
    route(Method::post, "/api/auth/addresses/set-default/<address_id>/",
          {.summary = "Make an address the default",
           .tag = {},
           .response = "AddressAnswer",
           .errors = {{404, "ErrorEnvelope"}}},
          set_default, {.name = "address_default", .count = 50, .per = 1min});
    route(Method::get, "/api/auth/addresses/default/",
          {.summary = "The default address",
           .tag = {},
           .response = "AddressAnswer",
           .errors = {{404, "ErrorEnvelope"}}},
          show_default, {.name = "addresses", .count = 200, .per = 1min});
}

}  // namespace cartwright::customer
