#include "surfaces/shop/coupons.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "platform/json/writer.hpp"
#include "surfaces/common/actor.hpp"
#include "surfaces/shop/dates.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

using coupons::CouponId, coupons::SortBy;

constexpr std::array<std::pair<std::string_view, SortBy>, 14> sort_fields{
    {{"id", SortBy::made},
     {"code", SortBy::code},
     {"discount_type", SortBy::type},
     {"value", SortBy::value},
     {"store_id", SortBy::store},
     {"min_subtotal", SortBy::min_subtotal},
     {"valid_from", SortBy::valid_from},
     {"valid_until", SortBy::valid_until},
     {"usage_limit", SortBy::usage_limit},
     {"per_user_limit", SortBy::per_user_limit},
     {"is_active", SortBy::active},
     {"times_used", SortBy::uses},
     {"created_at", SortBy::made},
     {"updated_at", SortBy::updated}}};

constexpr std::size_t code_length_max = 50;
constexpr std::int64_t percent_max = 100'00;
constexpr std::int64_t amount_max = 99'999'999'99;
constexpr std::int64_t limit_max = 1'000'000'000;

struct Here {
    coupons::Coupons& coupons;
    stores::Stores& stores;
};

void write_coupon(json::Writer& w, Here const& here, coupons::Coupon const& coupon) {
    auto const& terms = coupon.terms;
    w.begin_object().field("id", coupon.id).field("code", terms.code);
    w.field("discount_type", to_string(terms.type)).field("value", Money{terms.value_hundredths});
    w.key("store_id");
    if (terms.store) {
        auto const all = here.stores.all();
        auto const store = std::ranges::find(all, *terms.store, &stores::Store::id);
        store == all.end() ? w.null() : w.value(store->public_id);
    } else {
        w.null();
    }
    w.field("min_subtotal", terms.min_subtotal).field("valid_from", terms.valid_from);
    w.field("valid_until", terms.valid_until).field("usage_limit", terms.usage_limit);
    w.field("per_user_limit", terms.per_user_limit).field("is_active", terms.active);
    w.field("times_used", coupon.uses).field("created_at", coupon.created_at);
    w.field("updated_at", coupon.updated_at).end_object();
}

http::Response shown(int status, Here const& here, coupons::Coupon const& coupon) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    write_coupon(w, here, coupon);
    return response;
}

http::Response refused(coupons::SaveRefusal refusal) {
    switch (refusal) {
        case coupons::SaveRefusal::unknown_coupon: return not_found();
        case coupons::SaveRefusal::code_taken:
            return field_error("code", "A coupon with this code already exists.");
    }
    std::unreachable();
}

/// Replaces `moment` where the body says so.
void read_moment(http::FieldReader& in, std::string_view name, std::optional<Instant>& moment) {
    if (in.is_null(name)) {
        moment.reset();
    } else if (auto const text = in.maybe_text(name)) {
        auto const date = read_date(*text);
        moment = date ? std::optional(Instant(*date)) : read_datetime(*text);
        if (!moment)
            in.problem(name,
                       "Datetime has wrong format. Use one of these formats instead: "
                       "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z].");
    }
}

void read_limit(http::FieldReader& in, std::string_view name, std::optional<std::int64_t>& limit) {
    if (in.is_null(name)) {
        limit.reset();
    } else if (auto const sent = in.maybe_integer(name, {.min = 1, .max = limit_max})) {
        limit = sent;
    }
}

void read_store(http::FieldReader& in, stores::Stores& stores, std::optional<StoreId>& store) {
    if (in.is_null("store_id")) {
        store.reset();
    } else if (auto const name = in.maybe_text("store_id")) {
        auto const found = stores.find(*name);
        if (found) {
            store = found->id;
        } else {
            in.problem("store_id", "Store not found.");
        }
    }
}

/// Reads what the body says over `terms`. `whole`: what every coupon needs must be there.
void read_terms(http::FieldReader& in, stores::Stores& stores, coupons::Terms& terms, bool whole) {
    if (whole || in.has("code")) terms.code = in.text("code", {.length_max = code_length_max});
    if (whole || in.has("discount_type"))
        terms.type = in.choice("discount_type", {"percent", "fixed"}) == "fixed"
                         ? coupons::DiscountType::fixed
                         : coupons::DiscountType::percent;
    if (whole || in.has("value")) terms.value_hundredths = in.hundredths("value", 1, amount_max);
    if (!in.has_problem("discount_type") && terms.type == coupons::DiscountType::percent &&
        terms.value_hundredths > percent_max)
        in.problem("value", "Ensure this value is less than or equal to 100.");
    read_store(in, stores, terms.store);
    if (auto const least = in.maybe_money("min_subtotal")) terms.min_subtotal = *least;
    read_moment(in, "valid_from", terms.valid_from);
    read_moment(in, "valid_until", terms.valid_until);
    if (terms.valid_from && terms.valid_until && *terms.valid_until <= *terms.valid_from)
        in.problem("valid_until", "The end must be after the beginning.");
    read_limit(in, "usage_limit", terms.usage_limit);
    read_limit(in, "per_user_limit", terms.per_user_limit);
    terms.active = in.maybe_boolean("is_active").value_or(terms.active);
}

http::Response list(Here const& here, http::Call const& call) {
    QueryReader reader(call.query);
    coupons::Ordering ordering;  // of several fields the first counts
    if (auto const sent = reader.ordering("Coupons", sort_fields); !sent.empty())
        ordering = {.by = sent.front().first, .descending = sent.front().second};
    if (!reader.fine()) return reader.bad_request();
    // A page beyond the end is only known by the count, which comes with any page.
    return paged(call, here.coupons.page({}, 0, 1).count,
                 [&](json::Writer& w, std::int64_t first, std::int64_t size) {
                     auto const page = here.coupons.page(ordering, first, size);
                     for (auto const& coupon : page.coupons) write_coupon(w, here, coupon);
                 });
}

http::Response create(Here const& here, http::Call const& call) {
    http::FieldReader in(call.body);
    coupons::Terms terms;
    read_terms(in, here.stores, terms, true);
    if (!in) return bad_request(in);
    auto const made = here.coupons.create(terms, common::actor_of(call));
    return made ? shown(201, here, *made) : refused(made.error());
}

std::optional<coupons::Coupon> named(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    return id ? here.coupons.find(CouponId{*id}) : std::nullopt;
}

http::Response show(Here const& here, http::Call const& call) {
    auto const coupon = named(here, call);
    return coupon ? shown(200, here, *coupon) : not_found();
}

http::Response change(Here const& here, http::Call const& call) {
    auto const coupon = named(here, call);
    if (!coupon) return not_found();
    auto const whole = call.request.method == http::Method::put;
    http::FieldReader in(call.body);
    auto terms = whole ? coupons::Terms{} : coupon->terms;
    read_terms(in, here.stores, terms, whole);
    if (!in) return bad_request(in);
    auto const changed = here.coupons.change(coupon->id, terms, common::actor_of(call));
    return changed ? shown(200, here, *changed) : refused(changed.error());
}

http::Response remove(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    return id && here.coupons.remove(CouponId{*id}, common::actor_of(call))
               ? message("Coupon deleted successfully")
               : not_found();
}

}  // namespace

void mount_coupons(http::Router& router, coupons::Coupons& coupons, stores::Stores& stores) {
    using http::Method;
    Here const here{coupons, stores};
    auto const add = [&](Method method, std::string_view path, http::Doc doc, auto handler) {
        auto const reads = method == Method::get;
        doc.tag = "Coupons";
        router.add(
            {.method = method,
             .path = path,
             .access = http::Access::admin,
             .lane = reads ? http::Lane::read : http::Lane::write,
             .doc = std::move(doc),
             .handler = [here, handler](http::Call const& call) { return handler(here, call); },
             .admin_noun = "coupons"});
    };
    constexpr std::string_view all = "/api/v1/coupons/";
    constexpr std::string_view one = "/api/v1/coupons/<id>/";
    add(Method::get, all,
        {.summary = "List coupons",
         .tag = {},
         .response = "CouponList",
         .errors = {{400, "FieldErrors"}, {404, "Detail"}},
         .query = {{"ordering", "string", "A field of the list, `-` for descending: `-value`."},
                   {"page", "integer", "From 1; `last` is the last one."},
                   {"page_size", "integer", "Coupons a page: 20, at most 100."}}},
        list);
    add(Method::post, all,
        {.summary = "Create coupon",
         .tag = {},
         .request = "CouponRequest",
         .success = 201,
         .response = "Coupon"},
        create);
    add(Method::get, one,
        {.summary = "Get a coupon", .tag = {}, .response = "Coupon", .errors = {{404, "Detail"}}},
        show);
    add(Method::put, one,
        {.summary = "Replace a coupon",
         .tag = {},
         .request = "CouponRequest",
         .response = "Coupon",
         .errors = {{404, "Detail"}}},
        change);
    add(Method::patch, one,
        {.summary = "Change a coupon",
         .tag = {},
         .request = "CouponPatch",
         .response = "Coupon",
         .errors = {{404, "Detail"}}},
        change);
    add(Method::del, one,
        {.summary = "Delete a coupon; orders keep what it took off",
         .tag = {},
         .response = "Message",
         .errors = {{404, "Detail"}}},
        remove);
}

}  // namespace cartwright::shop
