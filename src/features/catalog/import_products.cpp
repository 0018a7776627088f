#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <set>
#include <unordered_map>

#include "base/text.hpp"
#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/product_row.hpp"
#include "features/catalog/impl/search.hpp"
#include "features/catalog/impl/unique_name.hpp"
#include "platform/db/list_query.hpp"

namespace cartwright::catalog {
namespace {

using Column = db::ListQuery::Column;

/// Ids no further apart than this are noted as one range of changes.
constexpr std::int64_t range_gap_max = 256;

constexpr auto anything = [](db::Row const&) {
    return true;
};

constexpr db::Query slug_taken{"catalog.slug_taken",
                               "SELECT id FROM products WHERE store_id = $1 AND slug = $2"};

db::ListQuery const& by_public_id() {
    static db::ListQuery const query{
        {"catalog.find_imported",
         "SELECT " CARTWRIGHT_PRODUCT_COLUMNS
         " FROM products WHERE store_id = $1 AND public_id IN ({list}) ORDER BY id {for_update}"},
        1,
        {Column::text}};
    return query;
}

db::ListQuery const& categories_by_name() {
    static db::ListQuery const query{
        {"catalog.categories_by_name",
         "SELECT id, store_id, name, slug, description FROM categories "
         "WHERE store_id = $1 AND deleted_at IS NULL AND name IN ({list}) ORDER BY id DESC"},
        1,
        {Column::text}};
    return query;
}

db::ListQuery const& slugs_in_use() {
    static db::ListQuery const query{
        {"catalog.slugs_in_use",
         "SELECT slug FROM products WHERE store_id = $1 AND slug IN ({list})"},
        1,
        {Column::text}};
    return query;
}

db::ListQuery const& insert_products() {
    static db::ListQuery const query{
        {"catalog.import_new",
         "WITH v(category_id, price, stock, active, public_id, image, name, slug, description, "
         "search_text) AS (VALUES {rows}) "
         "INSERT INTO products (store_id, category_id, price_minor, stock, is_active, created_at, "
         "updated_at, public_id, image, name, slug, description, search_text) "
         "SELECT CAST($1 AS BIGINT), category_id, price, stock, active, CAST($2 AS BIGINT), "
         "CAST($2 AS BIGINT), public_id, image, name, slug, description, search_text FROM v "
         "RETURNING id, stock"},
        2,
        {Column::integer, Column::integer, Column::integer, Column::integer, Column::text,
         Column::text, Column::text, Column::text, Column::text, Column::text}};
    return query;
}

db::ListQuery const& update_products() {
    static db::ListQuery const query{
        {"catalog.import_changed",
         "WITH v(id, category_id, price, stock, active, image, name, description, search_text) AS "
         "(VALUES {rows}) UPDATE products SET category_id = v.category_id, price_minor = v.price, "
         "stock = v.stock, is_active = v.active, deleted_at = NULL, updated_at = $1, "
         "image = v.image, name = v.name, description = v.description, "
         "search_text = v.search_text FROM v WHERE products.id = v.id"},
        1,
        {Column::integer, Column::integer, Column::integer, Column::integer, Column::integer,
         Column::text, Column::text, Column::text, Column::text}};
    return query;
}

db::ListQuery const& ledger_rows() {
    static db::ListQuery const query{
        {"catalog.import_ledger",
         "WITH v(id, delta, reason) AS (VALUES {rows}) "
         "INSERT INTO stock_ledger (product_id, delta, reason, user_id, created_at) "
         "SELECT id, delta, reason, CAST($1 AS BIGINT), CAST($2 AS BIGINT) FROM v"},
        2,
        {Column::integer, Column::integer, Column::text}};
    return query;
}

/// The ids in as few ranges as hold few others.
std::vector<IdRange> ranges_of(std::vector<std::int64_t> ids) {
    std::ranges::sort(ids);
    std::vector<IdRange> ranges;
    for (auto const id : ids) {
        if (!ranges.empty() && id - ranges.back().to <= range_gap_max) {
            ranges.back().to = id;
        } else {
            ranges.push_back({id, id});
        }
    }
    return ranges;
}

/// One call of `Catalog::import`: what is there, what is to come, and the rows that say so.
class Import {
public:
    Import(db::Tx& tx, StoreId store, UserId by, Instant now)
        : tx_(tx), store_(store), by_(by ? std::optional(by) : std::nullopt), now_(now) {}

    void read(std::span<ImportedProduct const> products) {
        for (auto const& product : products) wanted_[product.public_id] = &product;
        std::vector<db::Value> ids;
        ids.reserve(wanted_.size());
        for (auto const& [public_id, product] : wanted_) ids.emplace_back(public_id);
        std::array const fixed{db::value_of(store_)};
        auto keep = [&](db::Row const& row) {
            auto product = read_product(row);
            auto key = product.public_id;
            there_.emplace(std::move(key), std::move(product));
        };
        by_public_id().run_padded(tx_, fixed, ids, db::RowSink(keep));
    }

    template <class MakeCategory>
    void find_categories(MakeCategory&& make) {
        std::set<std::string_view> names;
        for (auto const& [public_id, product] : wanted_) names.insert(product->category);
        std::vector<db::Value> const values(names.begin(), names.end());
        std::array const fixed{db::value_of(store_)};
        auto keep = [&](db::Row const& row) {
            auto const category = read_category(row);
            categories_[category.name] = category.id;  // of several the oldest stays
        };
        categories_by_name().run_padded(tx_, fixed, values, db::RowSink(keep));
        for (auto const name : names)
            if (!categories_.contains(std::string(name))) categories_.emplace(name, make(name));
    }

    ImportCounts save() {
        std::vector<ImportedProduct const*> fresh;
        for (auto const& [public_id, product] : wanted_) {
            auto const known = there_.find(std::string(public_id));
            if (known == there_.end()) {
                fresh.push_back(product);
            } else {
                change(known->second, *product);
            }
        }
        // In the file's order, so that ids follow it.
        std::ranges::sort(fresh);
        counts_.created = static_cast<std::int64_t>(fresh.size());
        insert(fresh);
        std::array const at{db::value_of(now_)};
        update_products().run(tx_, at, updates_);
        std::array const who{db::value_of(by_), db::value_of(now_)};
        ledger_rows().run(tx_, who, ledger_);
        return counts_;
    }

    std::vector<std::int64_t> const& touched() const { return touched_; }

private:
    void note(std::int64_t id, std::int64_t delta, std::string_view reason) {
        if (delta == 0) return;
        ledger_.emplace_back(id);
        ledger_.emplace_back(delta);
        ledger_.emplace_back(reason);
    }

    CategoryId category_of(ImportedProduct const& product) const {
        return categories_.at(product.category);
    }

    void change(Product const& before, ImportedProduct const& after) {
        auto const category = category_of(after);
        if (before.name == after.name && before.description == after.description &&
            before.category == category && before.price == after.price &&
            before.stock == after.stock && before.image == after.image &&
            before.active == after.active && !before.deleted) {
            ++counts_.unchanged;
            return;
        }
        ++counts_.changed;
        touched_.push_back(before.id.value);
        note(before.id.value, after.stock - before.stock, "import");
        texts_.push_back(search_text(after.name, after.description));
        updates_.insert(
            updates_.end(),
            {before.id.value, category.value, after.price.minor, after.stock,
             db::value_of(after.active), db::value_of(after.image), std::string_view(after.name),
             std::string_view(after.description), std::string_view(texts_.back())});
    }

    void insert(std::vector<ImportedProduct const*> const& fresh) {
        auto const slugs = slugs_for(fresh);
        std::vector<db::Value> rows;
        rows.reserve(fresh.size() * 10);
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            auto const& product = *fresh[i];
            texts_.push_back(search_text(product.name, product.description));
            rows.insert(rows.end(),
                        {category_of(product).value, product.price.minor, product.stock,
                         db::value_of(product.active), std::string_view(product.public_id),
                         db::value_of(product.image), std::string_view(product.name),
                         std::string_view(slugs[i]), std::string_view(product.description),
                         std::string_view(texts_.back())});
        }
        std::array const fixed{db::value_of(store_), db::value_of(now_)};
        auto made = [&](db::Row const& row) {
            touched_.push_back(row.integer(0));
            note(row.integer(0), row.integer(1), "initial");
        };
        insert_products().run(tx_, fixed, rows, db::RowSink(made));
    }

    std::vector<std::string> slugs_for(std::vector<ImportedProduct const*> const& fresh) {
        std::vector<std::string> bases;
        for (auto const* product : fresh) {
            bases.push_back(text::slugify(product->name));
            if (bases.back().empty()) bases.back() = "product";
        }
        std::vector<db::Value> const values(bases.begin(), bases.end());
        std::array const fixed{db::value_of(store_)};
        auto keep = [&](db::Row const& row) {
            slugs_.insert(row.string(0));
        };
        slugs_in_use().run_padded(tx_, fixed, values, db::RowSink(keep));
        std::vector<std::string> made;
        for (auto const& base : bases) {
            bool first = true;
            made.push_back(unique_name(base, [&](std::string const& candidate) {
                bool const is_base = std::exchange(first, false);
                if (slugs_.contains(candidate)) return true;
                if (is_base) return false;  // asked above
                return tx_.first(slug_taken, anything, store_, candidate).has_value();
            }));
            slugs_.insert(made.back());
        }
        return made;
    }

    db::Tx& tx_;
    StoreId store_;
    std::optional<UserId> by_;
    Instant now_;
    std::map<std::string_view, ImportedProduct const*> wanted_;
    std::unordered_map<std::string, Product> there_;
    std::unordered_map<std::string, CategoryId> categories_;
    std::set<std::string> slugs_;
    std::deque<std::string> texts_;  ///< what the values below borrow
    std::vector<db::Value> updates_;
    std::vector<db::Value> ledger_;
    std::vector<std::int64_t> touched_;
    ImportCounts counts_;
};

}  // namespace

ImportCounts Catalog::import(db::Tx& tx, StoreId store, std::span<ImportedProduct const> products,
                             UserId by) {
    Import import(tx, store, by, clock_.now());
    import.read(products);
    lock_lists(tx, store);
    import.find_categories(
        [&](std::string_view name) { return insert_category_row(tx, store, name, "").id; });
    auto const counts = import.save();
    if (!import.touched().empty()) lists_changed(tx, store, ranges_of(import.touched()));
    if (counts.changed > 0) everything_changed_on_commit(tx);
    return counts;
}

}  // namespace cartwright::catalog
