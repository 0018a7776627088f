#include "surfaces/shop/products.hpp"

#include <utility>

#include "surfaces/common/actor.hpp"
#include "surfaces/shop/pagination.hpp"
#include "surfaces/shop/product_form.hpp"
#include "surfaces/shop/product_json.hpp"
#include "surfaces/shop/product_query.hpp"
#include "surfaces/shop/stores.hpp"
#include "surfaces/shop/words.hpp"

namespace cartwright::shop {
namespace {

/// Pictures come in larger bodies than anything else may. Source: contract §2.
constexpr std::size_t upload_bytes_max = 5 * 1024 * 1024;
constexpr std::size_t json_bytes_max = 1024 * 1024;
constexpr std::size_t note_length_max = 255;

/// What the routes work with, and the store that the request names.
struct Here {
    ProductParts parts;
    StoreId store;
};

http::Response list(Here const& here, http::Call const& call) {
    auto& [database, catalog, stores, images, cards, pages] = here.parts;
    auto asked = pages.asked(here.store, call);
    if (auto kept = pages.find(asked)) return {.shared = std::move(kept)};
    auto query = read_product_query(call.query, catalog, here.store, call.caller.admin);
    if (!query) return std::move(query.error());
    auto const wanted = wanted_page(call.query);
    auto const page = catalog.list(here.store, std::move(query->filter), query->ordering,
                                   {wanted.size, wanted.number});
    if (!page) return invalid_page();
    std::string body;
    constexpr std::size_t card_bytes = 640;
    body.reserve(page->entries.size() * card_bytes + 256);
    json::Writer w(body);
    begin_page(w, call, page->count, page->number, wanted.size);
    auto const read_at = cards.append(body, page->entries, call.request.base_url);
    w.end_array().end_object();
    return pages.keep(std::move(asked), read_at, std::move(body));
}

http::Response show(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const card = id ? here.parts.cards.find(ProductId{*id}) : nullptr;
    bool const seen = card && card->store() == here.store && !card->deleted() &&
                      (card->active() || call.caller.admin);
    if (!seen) return not_found();
    return {.shared = card->alone(call.request.base_url)};
}

http::Response shown(int status, Here const& here, http::Call const& call,
                     catalog::Product const& product) {
    auto const categories = here.parts.database.read([&](db::Read& read) {
        return here.parts.catalog.categories(read, std::span(&product.category, 1));
    });
    http::Response response{.status = status};
    json::Writer w(response.body);
    write_product(w, product, categories.at(0), call.request.base_url);
    return response;
}

http::Response refused(catalog::ProductRefusal refusal, http::FieldReader& in) {
    switch (refusal) {
        case catalog::ProductRefusal::unknown_product: return not_found();
        case catalog::ProductRefusal::unknown_category: in.invalid_pk("category_id"); break;
        case catalog::ProductRefusal::public_id_taken:
            in.problem("public_id", "A product with this public id already exists.");
            break;
    }
    return bad_request(in);
}

/// Stores the picture, saves the product, and takes the picture away again where that was refused.
template <class Save>
http::Response save(int status, Here const& here, http::Call const& call, http::FieldReader& in,
                    ProductForm& form, Save&& save_product) {
    std::optional<std::string> stored;
    if (form.picture) {
        stored = here.parts.images.store(*form.picture).value();
        form.change.image.emplace(stored);
    }
    try {
        std::expected<catalog::Product, catalog::ProductRefusal> const saved = save_product();
        if (saved) return shown(status, here, call, *saved);
        if (stored) here.parts.images.discard(*stored);
        return refused(saved.error(), in);
    } catch (db::Unavailable const&) {
        if (stored) here.parts.images.discard(*stored);
        throw;
    }
}

bool too_large(http::Call const& call) {
    return call.request.body.size() > json_bytes_max && call.body.uploads.empty();
}

std::optional<std::string> picture_of(Here const& here, ProductId id) {
    auto const found = here.parts.database.read(
        [&](db::Read& read) { return here.parts.catalog.find(read, std::span(&id, 1)); });
    return found.empty() ? std::nullopt : found.front().image;
}

/// Takes a picture away that the product has shown until now, unless another shows it (an import
/// may have brought both).
void discard_replaced(Here const& here, std::optional<std::string> const& before,
                      catalog::Product const& now) {
    if (before && before != now.image && !here.parts.catalog.names_picture(*before))
        here.parts.images.discard(*before);
}

http::Response create(Here const& here, http::Call const& call) {
    if (too_large(call)) return detail(413, "Request body is too large.");
    http::FieldReader in(call.body);
    auto form = read_product_form(in, true, here.parts.catalog, here.store);
    if (!in) return bad_request(in);
    return save(201, here, call, in, form, [&] {
        auto const& read = form.change;
        return here.parts.catalog.create({.store = here.store,
                                          .category = *read.category,
                                          .name = *read.name,
                                          .description = read.description.value_or(""),
                                          .price = *read.price,
                                          .stock = read.stock.value_or(0),
                                          .image = read.image.value_or(std::nullopt),
                                          .public_id = read.public_id,
                                          .active = read.active.value_or(true)},
                                         common::actor_of(call));
    });
}

http::Response change(Here const& here, http::Call const& call) {
    if (too_large(call)) return detail(413, "Request body is too large.");
    auto const id = call.path_id("id");
    auto const card = id ? here.parts.cards.find(ProductId{*id}) : nullptr;
    if (!card || card->store() != here.store || card->deleted()) return not_found();
    http::FieldReader in(call.body);
    bool const whole = call.request.method == http::Method::put;
    auto form = read_product_form(in, whole, here.parts.catalog, here.store);
    if (!in) return bad_request(in);
    auto const picture = picture_of(here, ProductId{*id});
    return save(200, here, call, in, form, [&] {
        auto changed = here.parts.catalog.change(here.store, ProductId{*id}, form.change,
                                                 common::actor_of(call));
        if (changed) discard_replaced(here, picture, *changed);
        return changed;
    });
}

http::Response remove(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    if (!id || !here.parts.catalog.remove(here.store, ProductId{*id}, common::actor_of(call)))
        return not_found();
    return message("Product deleted successfully");
}

http::Response adjust_stock(Here const& here, http::Call const& call) {
    auto const id = call.path_id("id");
    auto const card = id ? here.parts.cards.find(ProductId{*id}) : nullptr;
    if (!card || card->store() != here.store || card->deleted()) return not_found();
    http::FieldReader in(call.body);
    auto const delta = in.integer("delta", {.min = -catalog::stock_max, .max = catalog::stock_max});
    auto const reason =
        in.is_null("reason")
            ? std::nullopt
            : in.maybe_text("reason", {.length_max = note_length_max, .blank_allowed = true});
    if (!in) return bad_request(in);
    auto const adjusted = here.parts.catalog.adjust_stock(
        here.store, ProductId{*id}, delta, reason.value_or(""), common::actor_of(call));
    if (adjusted) return shown(200, here, call, *adjusted);
    switch (adjusted.error()) {
        case catalog::StockRefusal::unknown_product: return not_found();
        case catalog::StockRefusal::below_zero:
            return field_error("delta", "There are not so many units in stock.");
        case catalog::StockRefusal::above_limit:
            return field_error("delta", "The stock would be more than 2147483647.");
    }
    std::unreachable();
}

http::Doc list_doc() {
    return {.summary = "List products",
            .tag = "Products",
            .response = "ProductList",
            .errors = {{400, "FieldErrors"}, {404, "Detail"}},
            .query = {{"search", "string",
                       "Words that must all occur in name or description, in any case."},
                      {"category", "integer", "Only products of that category."},
                      {"min_price", "number", "Only products that cost so much or more."},
                      {"max_price", "number", "Only products that cost so much or less."},
                      {"in_stock", "boolean", "Only products of which there are some, or none."},
                      {"is_active", "boolean",
                       "For admins: false lists the products that are switched off instead."},
                      {"ordering", "string",
                       "Fields of the list, comma-separated, `-` for descending: `-price,name`."},
                      {"page", "integer", "From 1; `last` is the last one."},
                      {"page_size", "integer", "Products a page: 20, at most 100."}}};
}

}  // namespace

void mount_products(http::Router& router, ProductParts const& parts) {
    using http::Lane, http::Method;
    auto const add = [&](Method method, std::string_view path, http::Doc doc, auto handler) {
        bool const reads = method == Method::get;
        http::Route route{.method = method,
                          .path = path,
                          .access = reads ? http::Access::user : http::Access::admin,
                          // Pictures are no work for the writer.
                          .lane = reads                  ? Lane::read
                                  : parts.images.waits() ? Lane::gateway
                                                         : Lane::scan,
                          .doc = std::move(doc),
                          .handler =
                              [parts, handler](http::Call const& call) {
                                  auto const store = store_of(call, parts.stores);
                                  return store ? handler(Here{parts, store->id}, call)
                                               : not_found();
                              },
                          .admin_noun = "products",
                          .etag = reads};
        if (route.doc.multipart) route.body_max = upload_bytes_max;
        if (handler == &list) {
            route.lane_for = &lane_of_list;
            route.limit = {.name = "search",
                           .count = 100,
                           .per = std::chrono::minutes(1),
                           .when = http::RateLimit::When::searching};
        }
        router.add(std::move(route));
    };
    constexpr std::string_view all = "/api/v1/products/";
    constexpr std::string_view one = "/api/v1/products/<id>/";
    add(Method::get, all, list_doc(), &list);
    add(Method::post, all,
        {.summary = "Create product",
         .tag = "Products",
         .request = "ProductRequest",
         .success = 201,
         .response = "Product",
         .multipart = true},
        &create);
    add(Method::get, one, {.summary = "Get a product", .tag = "Products", .response = "Product"},
        &show);
    add(Method::put, one,
        {.summary = "Replace a product",
         .tag = "Products",
         .request = "ProductRequest",
         .response = "Product",
         .multipart = true},
        &change);
    add(Method::patch, one,
        {.summary = "Change a product",
         .tag = "Products",
         .request = "ProductPatch",
         .response = "Product",
         .multipart = true},
        &change);
    add(Method::del, one,
        {.summary = "Delete a product: it is hidden from then on",
         .tag = "Products",
         .response = "Message"},
        &remove);
    add(Method::post, "/api/v1/products/<id>/adjust-stock/",
        {.summary = "Add units to the stock, or take them off",
         .tag = "Products",
         .request = "StockAdjustment",
         .response = "Product"},
        &adjust_stock);
}

}  // namespace cartwright::shop
