#include "surfaces/shop/product_cards.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "surfaces/shop/product_json.hpp"

namespace cartwright::shop {
namespace {

/// How long another node's change may stay unseen: a second, the time of looking included.
constexpr auto lag_max = std::chrono::milliseconds(800);

catalog::Category const& category_of(catalog::Product const& product,
                                     std::vector<catalog::Category> const& categories) {
    auto const found =
        std::ranges::lower_bound(categories, product.category, {}, &catalog::Category::id);
    check(found != categories.end() && found->id == product.category,
          "a product's category exists");
    return *found;
}

}  // namespace

ProductCard::ProductCard(catalog::Product const& product, catalog::Category const& category,
                         std::chrono::steady_clock::time_point read_at)
    : store_(product.store), active_(product.active), deleted_(product.deleted), read_at_(read_at) {
    constexpr std::size_t bytes_beside_texts = 512;
    json_.reserve(product.name.size() + product.slug.size() + product.description.size() +
                  category.name.size() + category.slug.size() + category.description.size() +
                  bytes_beside_texts);
    base_url_at_ = write_product_card(json_, product, category);
}

void ProductCard::append_to(std::string& out, std::string_view base_url) const {
    if (base_url_at_ == std::string::npos) {
        out.append(json_);
        return;
    }
    out.append(json_, 0, base_url_at_).append(base_url).append(json_, base_url_at_);
}

std::shared_ptr<http::SharedBody const> ProductCard::alone(std::string_view base_url) const {
    auto const make = [&] {
        std::string whole;
        whole.reserve(json_.size() + base_url.size());
        append_to(whole, base_url);
        return std::make_shared<http::SharedBody const>(std::move(whole));
    };
    std::call_once(once_, [&] {
        kept_ = make();
        kept_for_ = base_url;
    });
    bool const same = base_url_at_ == std::string::npos || kept_for_ == base_url;
    return same ? kept_ : make();
}

ProductCards::ProductCards(db::Database& database, catalog::Catalog& catalog,
                           Options const& options)
    : database_(database),
      catalog_(catalog),
      on_(options.cache),
      ttl_(lag_max - database.replica_lag_max()),
      cards_({.capacity = options.capacity, .ttl = ttl_}) {
    catalog.on_change([this](catalog::Changed const& changed) {
        // The fence first: who takes a ticket after the drop sees it.
        if (changed.everything) fences_.raise_all(changed.position);
        for (auto const id : changed.products) fences_.raise(id.value, changed.position);
        if (changed.everything) cards_.clear();
        for (auto const id : changed.products) cards_.drop(id);
        changes_.fetch_add(1, std::memory_order_acq_rel);
    });
}

std::vector<ProductCards::Cards::Pointer> ProductCards::load(std::span<ProductId const> ids) {
    std::vector<std::pair<ProductId, std::uint64_t>> tickets;
    if (on_) {
        for (auto const id : ids) tickets.emplace_back(id, cards_.ticket(id));
    }
    auto const read_at = std::chrono::steady_clock::now();
    db::Position seen = 0;
    for (auto const id : ids) seen = std::max(seen, fences_.of(id.value));
    std::vector<Cards::Pointer> loaded(ids.size());
    database_.read_replica(seen, [&](db::Read& read) {
        std::ranges::fill(loaded, nullptr);
        auto const products = catalog_.find(read, ids);
        std::vector<CategoryId> wanted;
        wanted.reserve(products.size());
        for (auto const& product : products) wanted.push_back(product.category);
        auto const categories = catalog_.categories(read, wanted);
        for (std::size_t i = 0; i < ids.size(); ++i) {
            auto const found =
                std::ranges::lower_bound(products, ids[i], {}, &catalog::Product::id);
            if (found != products.end() && found->id == ids[i])
                loaded[i] = std::make_shared<ProductCard const>(
                    *found, category_of(*found, categories), read_at);
        }
    });
    for (std::size_t i = 0; i < tickets.size(); ++i)
        if (loaded[i]) cards_.put(tickets[i].first, loaded[i], tickets[i].second);
    return loaded;
}

std::chrono::steady_clock::time_point ProductCards::append(std::string& out,
                                                           std::span<ProductId const> ids,
                                                           std::string_view base_url) {
    std::vector<Cards::Pointer> shown(ids.size());
    std::vector<ProductId> missing;
    auto const now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (on_) shown[i] = cards_.get(ids[i], now);
        if (!shown[i]) missing.push_back(ids[i]);
    }
    if (!missing.empty()) {
        auto loaded = load(missing);
        auto next = loaded.begin();
        for (auto& card : shown)
            if (!card) card = std::move(*next++);
    }
    bool first = true;
    auto oldest = now;
    for (auto const& card : shown) {
        if (!card) continue;
        if (!std::exchange(first, false)) out.push_back(',');
        card->append_to(out, base_url);
        oldest = std::min(oldest, card->read_at());
    }
    return oldest;
}

std::shared_ptr<ProductCard const> ProductCards::find(ProductId id) {
    if (on_) {
        if (auto card = cards_.get(id)) return card;
    }
    return load(std::span(&id, 1)).front();
}

}  // namespace cartwright::shop
