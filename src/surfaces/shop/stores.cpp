#include "surfaces/shop/stores.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "surfaces/common/actor.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

constexpr std::size_t name_length_max = 255;
constexpr std::size_t public_id_length_max = 64;
constexpr std::int64_t tax_hundredths_max = 100'00;
constexpr std::int64_t amount_minor_max = 99'999'999'99;
constexpr std::int64_t delivery_days_max = 365;

void write_store(json::Writer& w, stores::Store const& store) {
    w.begin_object().field("id", store.id).field("store_id", store.public_id);
    w.field("name", store.name).field("currency", store.currency);
    w.field("tax_rate", Money{store.tax_hundredths}).field("shipping_cost", store.shipping);
    w.field("free_shipping_threshold", store.free_shipping_threshold);
    w.field("delivery_days", store.delivery_days).field("is_active", store.active);
    w.field("is_default", store.is_default).end_object();
}

http::Response shown(int status, stores::Store const& store) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    write_store(w, store);
    return response;
}

http::Response refused(stores::StoreRefusal refusal) {
    switch (refusal) {
        case stores::StoreRefusal::unknown_store: return not_found();
        case stores::StoreRefusal::public_id_taken:
            return field_error("store_id", "A store with this id already exists.");
        case stores::StoreRefusal::default_needed:
            return field_error("is_default", "Make another store the default instead.");
        case stores::StoreRefusal::default_is_inactive:
            return field_error("is_active", "The default store must be active.");
        case stores::StoreRefusal::in_use:
            return error(400, "Store has products or orders and cannot be deleted");
    }
    std::unreachable();
}

bool is_currency(std::string_view code) {
    return code.size() == 3 &&
           std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
}

bool is_public_id(std::string_view id) {
    return std::ranges::all_of(id, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

/// What a body says of a store; `name` is read by the caller, for PATCH may do without.
stores::StoreChange read_store(http::FieldReader& in, bool name_needed) {
    stores::StoreChange change;
    change.public_id = in.maybe_text("store_id", {.length_max = public_id_length_max});
    if (change.public_id && !is_public_id(*change.public_id))
        in.problem("store_id", "Only letters, digits, '-' and '_' are allowed.");
    if (name_needed || in.has("name"))
        change.name = in.text("name", {.length_max = name_length_max});
    change.currency = in.maybe_text("currency", {});
    if (change.currency && !is_currency(*change.currency))
        in.problem("currency", "Enter a currency code of three capital letters.");
    change.tax_hundredths = in.maybe_hundredths("tax_rate", 0, tax_hundredths_max);
    if (auto const cost = in.maybe_hundredths("shipping_cost", 0, amount_minor_max))
        change.shipping = Money{*cost};
    if (in.is_null("free_shipping_threshold")) {
        change.free_shipping_threshold.emplace(std::nullopt);
    } else if (auto const from =
                   in.maybe_hundredths("free_shipping_threshold", 0, amount_minor_max)) {
        change.free_shipping_threshold.emplace(Money{*from});
    }
    change.delivery_days = in.maybe_integer("delivery_days", {.min = 0, .max = delivery_days_max});
    change.active = in.maybe_boolean("is_active");
    change.is_default = in.maybe_boolean("is_default");
    return change;
}

template <auto field>
constexpr auto sorted_by = [](std::vector<stores::Store>& all) {
    std::ranges::stable_sort(all, {}, field);
};

using Sort = void (*)(std::vector<stores::Store>&);
constexpr std::array<std::pair<std::string_view, Sort>, 10> sort_fields{
    {{"id", sorted_by<&stores::Store::id>},
     {"store_id", sorted_by<&stores::Store::public_id>},
     {"name", sorted_by<&stores::Store::name>},
     {"currency", sorted_by<&stores::Store::currency>},
     {"tax_rate", sorted_by<&stores::Store::tax_hundredths>},
     {"shipping_cost", sorted_by<&stores::Store::shipping>},
     {"free_shipping_threshold", sorted_by<&stores::Store::free_shipping_threshold>},
     {"delivery_days", sorted_by<&stores::Store::delivery_days>},
     {"is_active", sorted_by<&stores::Store::active>},
     {"is_default", sorted_by<&stores::Store::is_default>}}};

http::Response list(stores::Stores& stores, http::Call const& call) {
    QueryReader reader(call.query);
    auto const ordering = reader.ordering("Stores", sort_fields);
    if (!reader.fine()) return reader.bad_request();
    auto all = stores.all();
    if (!ordering.empty()) {  // of several fields the first counts
        ordering.front().first(all);
        if (ordering.front().second) std::ranges::reverse(all);
    }
    auto const count = static_cast<std::int64_t>(all.size());
    return paged(call, count, [&](json::Writer& w, std::int64_t first, std::int64_t size) {
        for (auto at = first; at < std::min(first + size, count); ++at)
            write_store(w, all[static_cast<std::size_t>(at)]);
    });
}

http::Response create(stores::Stores& stores, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const read = read_store(in, true);
    if (!in) return bad_request(in);
    stores::NewStore wanted{.public_id = read.public_id, .name = *read.name};
    wanted.currency = read.currency.value_or(wanted.currency);
    wanted.tax_hundredths = read.tax_hundredths.value_or(wanted.tax_hundredths);
    wanted.shipping = read.shipping.value_or(wanted.shipping);
    wanted.free_shipping_threshold = read.free_shipping_threshold.value_or(std::nullopt);
    wanted.delivery_days = read.delivery_days.value_or(wanted.delivery_days);
    wanted.active = read.active.value_or(wanted.active);
    wanted.is_default = read.is_default.value_or(wanted.is_default);
    auto const made = stores.create(wanted, common::actor_of(call));
    return made ? shown(201, *made) : refused(made.error());
}

http::Response show(stores::Stores& stores, http::Call const& call) {
    auto const store = stores.find(call.path_text("store_id"));
    return store ? shown(200, *store) : not_found();
}

http::Response change(stores::Stores& stores, http::Call const& call) {
    auto const store = stores.find(call.path_text("store_id"));
    if (!store) return not_found();
    http::FieldReader in(call.body);
    auto const read = read_store(in, call.request.method == http::Method::put);
    if (!in) return bad_request(in);
    auto const changed = stores.change(store->id, read, common::actor_of(call));
    return changed ? shown(200, *changed) : refused(changed.error());
}

http::Response remove(stores::Stores& stores, http::Call const& call) {
    auto const store = stores.find(call.path_text("store_id"));
    if (!store) return not_found();
    auto const removed = stores.remove(store->id, common::actor_of(call));
    return removed ? message("Store deleted successfully") : refused(removed.error());
}

}  // namespace

std::optional<stores::Store> store_of(http::Call const& call, stores::Stores& stores) {
    return stores.active(call.request.header("X-Store-ID"));
}

void mount_stores(http::Router& router, stores::Stores& stores) {
    using http::Method;
    auto const add = [&](Method method, std::string_view path, http::Doc doc, auto handler) {
        bool const reads = method == Method::get;
        router.add({.method = method,
                    .path = path,
                    .access = http::Access::admin,
                    .lane = reads ? http::Lane::read : http::Lane::write,
                    .doc = std::move(doc),
                    .handler = [&stores,
                                handler](http::Call const& call) { return handler(stores, call); },
                    .admin_noun = "stores"});
    };
    constexpr std::string_view all = "/api/v1/stores/";
    constexpr std::string_view one = "/api/v1/stores/<store_id>/";
    add(Method::get, all,
        {.summary = "List stores",
         .tag = "Stores",
         .response = "StoreList",
         .errors = {{400, "FieldErrors"}, {404, "Detail"}},
         .query = {{"ordering", "string", "A field of the list, `-` for descending: `-name`."},
                   {"page", "integer", "From 1; `last` is the last one."},
                   {"page_size", "integer", "Stores a page: 20, at most 100."}}},
        list);
    add(Method::post, all,
        {.summary = "Create store",
         .tag = "Stores",
         .request = "StoreRequest",
         .success = 201,
         .response = "Store"},
        create);
    add(Method::get, one, {.summary = "Get a store", .tag = "Stores", .response = "Store"}, show);
    add(Method::put, one,
        {.summary = "Replace a store",
         .tag = "Stores",
         .request = "StoreRequest",
         .response = "Store"},
        change);
    add(Method::patch, one,
        {.summary = "Change a store",
         .tag = "Stores",
         .request = "StorePatch",
         .response = "Store"},
        change);
    add(Method::del, one,
        {.summary = "Delete a store that nothing names",
         .tag = "Stores",
         .response = "Message",
         .errors = {{400, "Error"}}},
        remove);
}

}  // namespace cartwright::shop
