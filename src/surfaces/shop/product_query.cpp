#include "surfaces/shop/product_query.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"
#include "surfaces/shop/query_reader.hpp"

namespace cartwright::shop {
namespace {

constexpr std::array<std::pair<std::string_view, catalog::ProductOrder>, 13> order_fields{{
    {"id", catalog::ProductOrder::id},
    {"name", catalog::ProductOrder::name},
    {"slug", catalog::ProductOrder::slug},
    {"description", catalog::ProductOrder::description},
    {"category", catalog::ProductOrder::category},
    {"category_id", catalog::ProductOrder::category},
    {"price", catalog::ProductOrder::price},
    {"stock_quantity", catalog::ProductOrder::stock},
    {"image", catalog::ProductOrder::image},
    {"created_at", catalog::ProductOrder::created_at},
    {"updated_at", catalog::ProductOrder::updated_at},
    {"public_id", catalog::ProductOrder::public_id},
    {"is_active", catalog::ProductOrder::id},  // the same for all of a list
}};

}  // namespace

std::expected<ProductQuery, http::Response> read_product_query(http::QueryParams const& query,
                                                               catalog::Catalog& catalog,
                                                               StoreId store, bool by_admin) {
    QueryReader reader(query);
    ProductQuery read;
    if (auto const sent = given(query, "category")) {
        auto const id = text::to_int(*sent);
        if (id && catalog.category(store, CategoryId{*id})) {
            read.filter.category = CategoryId{*id};
        } else {
            reader.problem("category",
                           "Select a valid choice. That choice is not one of the available "
                           "choices.");
        }
    }
    read.filter.search = query.get("search").value_or("");
    read.filter.price_min = reader.price("min_price");
    read.filter.price_max = reader.price("max_price");
    read.filter.in_stock = reader.flag("in_stock");
    if (by_admin) read.filter.switched_off = !reader.flag("is_active").value_or(true);
    for (auto const& [by, descending] : reader.ordering("Products", order_fields))
        read.ordering.push_back({by, descending});
    if (!reader.fine()) return std::unexpected(reader.bad_request());
    return read;
}

http::Lane lane_of_list(http::QueryParams const& query) {
    auto const ordering = given(query, "ordering");
    bool const in_memory = !given(query, "search") && !given(query, "is_active") &&
                           (!ordering || *ordering == "id" || *ordering == "-id");
    return in_memory ? http::Lane::read : http::Lane::scan;
}

}  // namespace cartwright::shop
