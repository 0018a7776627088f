#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "features/catalog/catalog.hpp"
#include "platform/cache/cache.hpp"
#include "platform/db/database.hpp"
#include "platform/db/fences.hpp"
#include "platform/http/shared_body.hpp"

namespace cartwright::shop {

/// One product as finished JSON, but for the base URL that its image's address begins with. Any
/// thread.
class ProductCard {
public:
    /// Read at that time, or later.
    ProductCard(catalog::Product const& product, catalog::Category const& category,
                std::chrono::steady_clock::time_point read_at);

    StoreId store() const { return store_; }
    bool active() const { return active_; }
    bool deleted() const { return deleted_; }
    std::chrono::steady_clock::time_point read_at() const { return read_at_; }

    void append_to(std::string& out, std::string_view base_url) const;

    /// The JSON as an answer of its own, kept for the base URL that is asked for first: most shops
    /// have one.
    std::shared_ptr<http::SharedBody const> alone(std::string_view base_url) const;

private:
    StoreId store_;
    bool active_;
    bool deleted_;
    std::chrono::steady_clock::time_point read_at_;
    std::string json_;
    std::size_t base_url_at_;  ///< npos: no address to be completed
    mutable std::once_flag once_;
    mutable std::string kept_for_;
    mutable std::shared_ptr<http::SharedBody const> kept_;
};

/// The products' JSON, kept for a second at most and never longer than until this process commits a
/// change to the product: so nobody is shown a stock older than this process's last commit, and
/// other processes lag a second. Any thread. Source: design §10 (catalogue reads).
class ProductCards {
public:
    struct Options {
        bool cache = true;  ///< off: every card is read and written anew
        std::size_t capacity = 50'000;
    };

    /// Listens to the catalogue's changes as long as the catalogue lives, so it must live as long.
    ProductCards(db::Database& database, catalog::Catalog& catalog, Options const& options);

    /// Appends the products to `out` with commas between them, in that order. Gives the time when
    /// the oldest of them was read; now, where there is none.
    std::chrono::steady_clock::time_point append(std::string& out, std::span<ProductId const> ids,
                                                 std::string_view base_url);

    /// One product, hidden or not; null for an unknown one.
    std::shared_ptr<ProductCard const> find(ProductId id);

    /// How long a card may be shown after it was read.
    std::chrono::steady_clock::duration ttl() const { return ttl_; }

    /// Grows with each change of this process, after the cards that it touches have gone: what was
    /// put together from cards holds while this is what it was before.
    std::uint64_t changes() const { return changes_.load(std::memory_order_acquire); }

    cache::Counts counts() const { return cards_.counts(); }

private:
    using Cards = cache::Cache<ProductId, ProductCard>;

    std::vector<Cards::Pointer> load(std::span<ProductId const> ids);

    db::Database& database_;
    catalog::Catalog& catalog_;
    bool on_;
    std::chrono::steady_clock::duration ttl_;
    db::Fences fences_;  ///< by this process, at which position
    Cards cards_;
    std::atomic<std::uint64_t> changes_{0};
};

}  // namespace cartwright::shop
