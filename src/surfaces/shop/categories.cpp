#include "surfaces/shop/categories.hpp"

#include <array>
#include <utility>

#include "surfaces/common/actor.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/product_json.hpp"
#include "surfaces/shop/query_reader.hpp"
#include "surfaces/shop/stores.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

constexpr std::size_t name_length_max = 255;

constexpr std::array<std::pair<std::string_view, catalog::CategoryOrder>, 4> order_fields{
    {{"id", catalog::CategoryOrder::id},
     {"name", catalog::CategoryOrder::name},
     {"slug", catalog::CategoryOrder::slug},
     {"description", catalog::CategoryOrder::description}}};

/// The catalogue and the store that the request names.
struct Here {
    catalog::Catalog& catalog;
    StoreId store;
};

http::Response shown(int status, catalog::Category const& category) {
    http::Response response{.status = status};
    json::Writer w(response.body);
    write_category(w, category);
    return response;
}

http::Response list(Here const& here, http::Call const& call) {
    QueryReader reader(call.query);
    catalog::CategoryOrdering ordering;  // of several fields the first counts
    if (auto const sent = reader.ordering("Categories", order_fields); !sent.empty())
        ordering = {.by = sent.front().first, .descending = sent.front().second};
    if (!reader.fine()) return reader.bad_request();
    auto const wanted = wanted_page(call.query);
    auto const page =
        here.catalog.list_categories(here.store, {wanted.size, wanted.number}, ordering);
    if (!page) return invalid_page();
    http::Response response;
    json::Writer w(response.body);
    begin_page(w, call, page->count, page->number, wanted.size);
    for (auto const& category : page->entries) write_category(w, category);
    w.end_array().end_object();
    return response;
}

http::Response show(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const category = id ? here.catalog.category(here.store, CategoryId{*id}) : std::nullopt;
    return category ? shown(200, *category) : not_found();
}

http::Response create(Here const& here, http::Call const& call) {
    http::FieldReader in(call.body);
    auto const name = in.text("name", {.length_max = name_length_max});
    auto const description = in.maybe_text("description", {.blank_allowed = true});
    if (!in) return bad_request(in);
    return shown(201, here.catalog.create_category(here.store, name, description.value_or(""),
                                                   common::actor_of(call)));
}

http::Response change(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id || !here.catalog.category(here.store, CategoryId{*id})) return not_found();
    http::FieldReader in(call.body);
    std::optional<std::string> name;
    if (call.request.method == http::Method::put || in.has("name"))
        name = in.text("name", {.length_max = name_length_max});
    auto const description = in.maybe_text("description", {.blank_allowed = true});
    if (!in) return bad_request(in);
    auto const changed = here.catalog.change_category(here.store, CategoryId{*id}, name,
                                                      description, common::actor_of(call));
    return changed ? shown(200, *changed) : not_found();
}

http::Response remove(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id) return not_found();
    auto const removed =
        here.catalog.remove_category(here.store, CategoryId{*id}, common::actor_of(call));
    if (removed) return message("Category deleted successfully");
    switch (removed.error()) {
        case catalog::CategoryRefusal::unknown_category: return not_found();
        case catalog::CategoryRefusal::has_products:
            return error(400, "Category has products and cannot be deleted");
    }
    std::unreachable();
}

}  // namespace

void mount_categories(http::Router& router, catalog::Catalog& catalog, stores::Stores& stores) {
    using http::Method;
    auto const add = [&](Method method, std::string_view path, http::Doc doc, auto handler) {
        bool const reads = method == Method::get;
        router.add({.method = method,
                    .path = path,
                    .access = reads ? http::Access::user : http::Access::admin,
                    .lane = reads ? http::Lane::read : http::Lane::write,
                    .doc = std::move(doc),
                    .handler =
                        [&catalog, &stores, handler](http::Call const& call) {
                            auto const store = store_of(call, stores);
                            return store ? handler(Here{catalog, store->id}, call) : not_found();
                        },
                    .admin_noun = "categories",
                    .etag = reads});
    };
    constexpr std::string_view all = "/api/v1/categories/";
    constexpr std::string_view one = "/api/v1/categories/<id>/";
    add(Method::get, all,
        {.summary = "List categories",
         .tag = "Categories",
         .response = "CategoryList",
         .errors = {{400, "FieldErrors"}, {404, "Detail"}},
         .query = {{"ordering", "string", "A field of the list, `-` for descending: `-name`."},
                   {"page", "integer", "From 1; `last` is the last one."},
                   {"page_size", "integer", "Categories a page: 20, at most 100."}}},
        list);
    add(Method::post, all,
        {.summary = "Create category",
         .tag = "Categories",
         .request = "CategoryRequest",
         .success = 201,
         .response = "Category"},
        create);
    add(Method::get, one,
        {.summary = "Get a category", .tag = "Categories", .response = "Category"}, show);
    add(Method::put, one,
        {.summary = "Replace a category",
         .tag = "Categories",
         .request = "CategoryRequest",
         .response = "Category"},
        change);
    add(Method::patch, one,
        {.summary = "Change a category",
         .tag = "Categories",
         .request = "CategoryPatch",
         .response = "Category"},
        change);
    add(Method::del, one,
        {.summary = "Delete a category without products",
         .tag = "Categories",
         .response = "Message",
         .errors = {{400, "Error"}}},
        remove);
}

}  // namespace cartwright::shop
