#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "features/catalog/catalog.hpp"
#include "features/catalog/impl/memory.hpp"
#include "features/catalog/impl/search.hpp"
#include "features/stores/stores.hpp"

namespace cartwright::catalog {
namespace {

/// So many products are put in order here; the order of more is asked of the database's indexes.
constexpr std::size_t sorted_here_max = 1'024;

Page<ProductId> page_of(std::span<std::int64_t const> ids, PageRange const& range) {
    Page<ProductId> page{
        .count = static_cast<std::int64_t>(ids.size()), .number = range.number, .entries = {}};
    for (auto at = range.first; at < range.last; ++at)
        page.entries.push_back(ProductId{ids[static_cast<std::size_t>(at)]});
    return page;
}

std::optional<Page<ProductId>> cut(std::span<std::int64_t const> ids, PageOf const& wanted,
                                   bool reversed = false) {
    auto range = page_range(wanted, static_cast<std::int64_t>(ids.size()));
    if (!range) return std::nullopt;
    if (!reversed) return page_of(ids, *range);
    auto const count = static_cast<std::int64_t>(ids.size());
    auto page = page_of(ids, {range->number, count - range->last, count - range->first});
    std::ranges::reverse(page.entries);
    return page;
}

std::string_view column(ProductOrder by) {
    switch (by) {
        case ProductOrder::id: return "id";
        case ProductOrder::name: return "name";
        case ProductOrder::slug: return "slug";
        case ProductOrder::description: return "description";
        case ProductOrder::category: return "category_id";
        case ProductOrder::price: return "price_minor";
        case ProductOrder::stock: return "stock";
        case ProductOrder::image: return "COALESCE(image, '')";
        case ProductOrder::created_at: return "created_at";
        case ProductOrder::updated_at: return "updated_at";
        case ProductOrder::public_id: return "public_id";
    }
    std::unreachable();
}

std::strong_ordering compare(Product const& a, Product const& b, ProductOrder by) {
    switch (by) {
        case ProductOrder::id: return a.id <=> b.id;
        case ProductOrder::name: return a.name <=> b.name;
        case ProductOrder::slug: return a.slug <=> b.slug;
        case ProductOrder::description: return a.description <=> b.description;
        case ProductOrder::category: return a.category <=> b.category;
        case ProductOrder::price: return a.price <=> b.price;
        case ProductOrder::stock: return a.stock <=> b.stock;
        case ProductOrder::image: return a.image.value_or("") <=> b.image.value_or("");
        case ProductOrder::created_at: return a.created_at <=> b.created_at;
        case ProductOrder::updated_at: return a.updated_at <=> b.updated_at;
        case ProductOrder::public_id: return a.public_id <=> b.public_id;
    }
    std::unreachable();
}

/// "name DESC, id DESC": products that are equal otherwise keep the order of their ids.
std::string order_clause(std::vector<ProductOrdering> const& ordering) {
    std::string clause;
    for (auto const& [by, descending] : ordering)
        clause += fmt::format("{}{}, ", column(by), descending ? " DESC" : "");
    return clause + (ordering.front().descending ? "id DESC" : "id");
}

void sort_products(std::vector<Product>& products, std::vector<ProductOrdering> const& ordering) {
    std::ranges::sort(products, [&](Product const& a, Product const& b) {
        for (auto const& [by, descending] : ordering) {
            auto const order = compare(a, b, by);
            if (order != 0) return descending ? order > 0 : order < 0;
        }
        return ordering.front().descending ? a.id > b.id : a.id < b.id;
    });
}

/// One statement for what the memory does not order: its text is made of the parts above and below
/// alone.
struct Walk {
    std::string text;  ///< from FROM on
    std::vector<db::Value> values;

    void condition(std::string_view begins, db::Value value) {
        values.push_back(value);
        text += fmt::format(" AND {} ${}", begins, values.size());
    }
    void order_by(std::vector<ProductOrdering> const& ordering) {
        text += " ORDER BY " + order_clause(ordering);
    }
    void cut(PageRange const& range) {
        values.emplace_back(range.last - range.first);
        values.emplace_back(range.first);
        text += fmt::format(" LIMIT ${} OFFSET ${}", values.size() - 1, values.size());
    }
    std::vector<std::int64_t> run(db::Read& read, std::string_view select = "SELECT id") const {
        std::vector<std::int64_t> found;
        auto keep = [&](db::Row const& row) {
            found.push_back(row.integer(0));
        };
        auto const whole = std::string(select) + text;
        read.run({.name = "catalog.walk", .text = whole}, values, db::RowSink(keep));
        return found;
    }
};

Walk walk(StoreId store, ProductFilter const& filter) {
    Walk made;
    made.text =
        fmt::format(" FROM products WHERE store_id = $1 AND is_active = {} AND deleted_at IS NULL",
                    filter.switched_off ? 0 : 1);
    made.values.emplace_back(store.value);
    if (filter.category) made.condition("category_id =", filter.category->value);
    if (filter.price_min) made.condition("price_minor >=", filter.price_min->minor);
    if (filter.price_max) made.condition("price_minor <=", filter.price_max->minor);
    if (filter.in_stock) made.text += *filter.in_stock ? " AND stock > 0" : " AND stock = 0";
    return made;
}

Page<ProductId> page_with(std::vector<std::int64_t> const& ids, std::int64_t count,
                          std::int64_t number) {
    Page<ProductId> page{.count = count, .number = number, .entries = {}};
    for (auto const id : ids) page.entries.push_back(ProductId{id});
    return page;
}

std::vector<Category const*> in_order(std::map<std::int64_t, Category> const& known,
                                      CategoryOrdering ordering) {
    std::vector<Category const*> sorted;
    sorted.reserve(known.size());
    for (auto const& [id, category] : known) sorted.push_back(&category);
    auto const by = [&](auto const& text) {
        std::ranges::stable_sort(sorted, {}, text);
    };
    switch (ordering.by) {
        case CategoryOrder::id: break;
        case CategoryOrder::name: by([](Category const* c) { return c->name; }); break;
        case CategoryOrder::slug: by([](Category const* c) { return c->slug; }); break;
        case CategoryOrder::description: by([](Category const* c) { return c->description; });
    }
    if (ordering.descending) std::ranges::reverse(sorted);
    return sorted;
}

/// Whether sales change it, which no version counts.
bool moves_with_sales(std::vector<ProductOrdering> const& ordering) {
    return std::ranges::any_of(ordering, [](ProductOrdering const& each) {
        return each.by == ProductOrder::stock || each.by == ProductOrder::updated_at;
    });
}

/// `read_list(read)`, of the replica where that shows the store's lists of `version` or later.
template <class ReadList>
auto read_at(db::Database& database, StoreId store, std::int64_t version,
             ReadList const& read_list) {
    using List = std::invoke_result_t<ReadList const&, db::Read&>;
    if (database.replica_lag_max().count() != 0) {
        auto list = database.read_replica(0, [&](db::Read& read) -> std::optional<List> {
            if (stores::catalog_version(read, store) < version) return std::nullopt;
            return read_list(read);
        });
        if (list) return std::move(*list);
    }
    return database.read(read_list);
}

std::string question(ProductFilter const& filter, std::vector<std::string> const& words) {
    auto const part = [](auto const& given, auto value) {
        return given ? fmt::format("{}", value(*given)) : std::string("-");
    };
    auto const minor = [](Money amount) {
        return amount.minor;
    };
    return fmt::format(
        "{}|{}|{}|{}|{}", part(filter.category, [](CategoryId id) { return id.value; }),
        part(filter.price_min, minor), part(filter.price_max, minor),
        part(filter.in_stock, [](bool flag) { return flag; }), fmt::join(words, "\n"));
}

}  // namespace

/// The ids that pass the filter, in id order.
Catalog::Ids Catalog::matching(StoreId store, ProductFilter const& filter,
                               std::vector<std::string> const& words) {
    auto& shelf = memory_->shelf(store);
    auto const asked = question(filter, words);
    auto const version = shelf.version();
    if (auto known = shelf.answers().get(asked, version)) return known;
    std::vector<std::int64_t> candidates;
    if (!words.empty()) {
        candidates = read_at(database_, store, version, [&](db::Read& read) {
            return search(read, database_.engine(), store, words);
        });
    }
    auto const [answer,
                answered_at] = shelf.with_listing([&](Listing const& listing, std::int64_t at) {
        auto ids = words.empty() ? listing.matching(filter) : listing.matching(filter, candidates);
        return std::pair(std::make_shared<std::vector<std::int64_t> const>(std::move(ids)), at);
    });
    if (answered_at == version) shelf.answers().put(asked, version, answer);
    return answer;
}

std::int64_t Catalog::lists_version(StoreId store) {
    auto& shelf = memory_->shelf(store);
    shelf.refresh(database_);
    return shelf.version();
}

std::optional<Page<ProductId>> Catalog::list(StoreId store, ProductFilter filter,
                                             std::vector<ProductOrdering> const& ordering,
                                             PageOf const& wanted) {
    auto& shelf = memory_->shelf(store);
    shelf.refresh(database_);
    auto const words = search_words(filter.search);
    if (words.empty()) filter.search.clear();
    bool const by_id = ordering.empty() || ordering.front().by == ProductOrder::id;
    bool const reversed = by_id && !ordering.empty() && ordering.front().descending;
    if (filter.switched_off) return list_switched_off(store, filter, words, ordering, wanted);

    if (filter.plain() && by_id) {
        return shelf.with_listing([&](Listing const& listing, std::int64_t) {
            return cut(filter.category ? listing.ids_of(*filter.category) : listing.ids(), wanted,
                       reversed);
        });
    }
    if (by_id) return cut(*matching(store, filter, words), wanted, reversed);
    return list_ordered(store, filter, words, ordering, wanted);
}

std::optional<Page<ProductId>> Catalog::list_ordered(StoreId store, ProductFilter const& filter,
                                                     std::vector<std::string> const& words,
                                                     std::vector<ProductOrdering> const& ordering,
                                                     PageOf const& wanted) {
    auto& shelf = memory_->shelf(store);
    std::vector<ProductId> few;
    std::int64_t count = 0;
    auto const look = [&](std::span<std::int64_t const> ids) {
        count = static_cast<std::int64_t>(ids.size());
        if (ids.size() > sorted_here_max) return;
        for (auto const id : ids) few.push_back(ProductId{id});
    };
    auto const version =
        moves_with_sales(ordering) ? std::numeric_limits<std::int64_t>::max() : shelf.version();
    auto const read = [&](auto const& read_list) {
        return read_at(database_, store, version, read_list);
    };
    Ids matched;
    if (filter.plain()) {
        shelf.with_listing([&](Listing const& listing, std::int64_t) {
            look(filter.category ? listing.ids_of(*filter.category) : listing.ids());
        });
    } else {
        matched = matching(store, filter, words);
        look(*matched);
    }
    auto const range = page_range(wanted, count);
    if (!range) return std::nullopt;

    // An index that is walked from its end meets nothing but the store's products: nothing is
    // faster.
    bool const whole_store = filter.plain() && !filter.category;
    if (!whole_store && count <= static_cast<std::int64_t>(sorted_here_max)) {
        auto products = read([&](db::Read& from) { return find(from, few); });
        sort_products(products, ordering);
        std::vector<std::int64_t> sorted;
        sorted.reserve(products.size());
        for (auto const& product : products) sorted.push_back(product.id.value);
        return cut(sorted, wanted);
    }
    auto statement = walk(store, filter);
    statement.order_by(ordering);
    if (words.empty()) {
        statement.cut(*range);
        auto const ids = read([&](db::Read& from) { return statement.run(from); });
        return page_with(ids, count, range->number);
    }
    auto ids = read([&](db::Read& from) { return statement.run(from); });
    std::erase_if(ids, [&](std::int64_t id) { return !std::ranges::binary_search(*matched, id); });
    return cut(ids, wanted);
}

/// Neither the memory nor the search's index holds them; they are few, and only admins ask.
std::optional<Page<ProductId>> Catalog::list_switched_off(
    StoreId store, ProductFilter const& filter, std::vector<std::string> const& words,
    std::vector<ProductOrdering> const& ordering, PageOf const& wanted) {
    std::vector<std::string> patterns;
    patterns.reserve(words.size());
    for (auto const& word : words) patterns.push_back(like_pattern(word));
    auto statement = walk(store, filter);
    for (auto const& pattern : patterns) {
        statement.condition("search_text LIKE", db::value_of(pattern));
        statement.text += " ESCAPE '\\'";
    }
    return database_.read([&](db::Read& read) -> std::optional<Page<ProductId>> {
        auto const count = statement.run(read, "SELECT count(*)").front();
        auto const range = page_range(wanted, count);
        if (!range) return std::nullopt;
        auto page = statement;
        page.order_by(ordering.empty() ? std::vector{ProductOrdering{}} : ordering);
        page.cut(*range);
        return page_with(page.run(read), count, range->number);
    });
}

std::optional<Page<Category>> Catalog::list_categories(StoreId store, PageOf const& wanted,
                                                       CategoryOrdering ordering) {
    auto& shelf = memory_->shelf(store);
    shelf.refresh(database_);
    return shelf.with_categories(
        [&](std::map<std::int64_t, Category> const& known) -> std::optional<Page<Category>> {
            auto const range = page_range(wanted, static_cast<std::int64_t>(known.size()));
            if (!range) return std::nullopt;
            Page<Category> page{.count = static_cast<std::int64_t>(known.size()),
                                .number = range->number,
                                .entries = {}};
            auto const sorted = in_order(known, ordering);
            for (auto at = range->first; at < range->last; ++at)
                page.entries.push_back(*sorted[static_cast<std::size_t>(at)]);
            return page;
        });
}

std::optional<Category> Catalog::category(StoreId store, CategoryId id) {
    auto& shelf = memory_->shelf(store);
    shelf.refresh(database_);
    return shelf.with_categories(
        [&](std::map<std::int64_t, Category> const& known) -> std::optional<Category> {
            auto const found = known.find(id.value);
            if (found == known.end()) return std::nullopt;
            return found->second;
        });
}

}  // namespace cartwright::catalog
