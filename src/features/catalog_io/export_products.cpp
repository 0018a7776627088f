#include "features/catalog_io/export_products.hpp"

#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "features/catalog/product_pages.hpp"
#include "features/catalog_io/csv.hpp"

namespace cartwright::catalog_io {
namespace {

constexpr std::int64_t page_rows = 1000;

using CategoryNames = std::map<CategoryId, std::string>;

CategoryNames names_of(db::Read& read, catalog::Catalog& catalog,
                       std::vector<catalog::Product> const& products) {
    std::map<CategoryId, std::string> names;
    for (auto const& product : products) names.emplace(product.category, "");
    std::vector<CategoryId> ids;
    ids.reserve(names.size());
    for (auto const& [id, name] : names) ids.push_back(id);
    for (auto const& category : catalog.categories(read, ids)) names[category.id] = category.name;
    return names;
}

void append_csv(std::string& out, catalog::Product const& product, std::string const& category) {
    auto const field = [&](std::string_view text) {
        append_csv_field(out, text);
        out += ',';
    };
    field(product.public_id);
    field(product.name);
    field(product.description);
    field(category);
    field(to_decimal(product.price));
    field(std::to_string(product.stock));
    field(product.image.value_or(""));
    out += product.active ? "true\n" : "false\n";
}

void append_json(std::string& out, catalog::Product const& product, std::string const& category) {
    boost::json::object object{{"public_id", product.public_id},
                               {"name", product.name},
                               {"description", product.description},
                               {"category", category},
                               {"price", to_decimal(product.price)},
                               {"stock_quantity", product.stock},
                               {"image_url", nullptr},
                               {"is_active", product.active}};
    if (product.image) object["image_url"] = *product.image;
    out += boost::json::serialize(object);
}

std::string page_text(Format format, std::vector<catalog::Product> const& products,
                      CategoryNames const& categories, bool first_page) {
    std::string text;
    bool first = first_page;
    for (auto const& product : products) {
        auto const& category = categories.at(product.category);
        switch (format) {
            case Format::csv: append_csv(text, product, category); break;
            case Format::json:
                text += first ? "" : ",\n";
                append_json(text, product, category);
                break;
        }
        first = false;
    }
    return text;
}

}  // namespace

std::int64_t export_products(db::Database& database, catalog::Catalog& catalog, StoreId store,
                             Format format, std::function<void(std::string_view)> const& write,
                             std::function<void(Progress const&)> const& on_progress) {
    Progress progress{.phase = Phase::writing};
    write(format == Format::csv
              ? "public_id,name,description,category,price,stock_quantity,image_url,is_active\n"
              : "[\n");
    database.read([&](db::Read& read) {
        progress.all = static_cast<std::uint64_t>(catalog::product_count(read, store));
        ProductId last;
        while (true) {
            auto const products = catalog::products_after(read, store, last, page_rows);
            if (products.empty()) return;
            write(
                page_text(format, products, names_of(read, catalog, products), progress.rows == 0));
            last = products.back().id;
            progress.rows += static_cast<std::int64_t>(products.size());
            progress.done = static_cast<std::uint64_t>(progress.rows);
            on_progress(progress);
        }
    });
    if (format == Format::json) write(progress.rows == 0 ? "]\n" : "\n]\n");
    return progress.rows;
}

}  // namespace cartwright::catalog_io
