#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "features/catalog/impl/listing.hpp"
#include "platform/db/database.hpp"

namespace cartwright::catalog {

/// Results of dear questions, kept until the catalogue's version changes. Bounded by their number
/// and by the ids in them all. Any thread.
class Answers {
public:
    using Pointer = std::shared_ptr<std::vector<std::int64_t> const>;

    Pointer get(std::string const& question, std::int64_t version);
    void put(std::string const& question, std::int64_t version, Pointer answer);

private:
    struct Entry {
        std::string question;
        std::int64_t version;
        Pointer answer;
    };

    std::mutex mutex_;
    std::list<Entry> entries_;  ///< the newest first
    std::size_t ids_ = 0;
};

/// What this process keeps in memory of one store's catalogue: the visible products and the
/// categories, of one version. Any thread.
///
/// Every change of a list bumps `stores.catalog_version` and notes in `catalog_changes` which ids
/// it touched. The shelf asks for the version once a second, and after every commit of this process
/// that has bumped it, and then reads the touched ids again; so nobody has to send it anything.
class Shelf {
public:
    /// What others commit shows after `check_every` and what the replica lags.
    Shelf(StoreId store, std::chrono::steady_clock::duration check_every)
        : store_(store), check_every_(check_every) {}

    /// Brings the shelf up to date where that is due. Not to be called inside a transaction.
    void refresh(db::Database& database);
    /// This process has committed that version.
    void want(std::int64_t version);
    /// Whether what is here may be shown: nothing newer is known of, and the version was asked for
    /// lately.
    bool fresh() const;

    /// Calls `read(listing, version)` while nobody changes it.
    template <class F>
    auto with_listing(F&& read) const {
        std::shared_lock const lock(mutex_);
        return read(listing_, version_.load());
    }
    /// Calls `read(categories)`, a map by id, while nobody changes it.
    template <class F>
    auto with_categories(F&& read) const {
        std::shared_lock const lock(mutex_);
        return read(categories_);
    }
    std::int64_t version() const { return version_.load(); }
    Answers& answers() { return answers_; }

private:
    struct Delta;

    Delta load(db::Read& read) const;
    Delta load_from(db::Database& database) const;
    void apply(Delta const& delta);

    StoreId store_;
    std::chrono::steady_clock::duration check_every_;
    std::mutex loading_;
    mutable std::shared_mutex mutex_;
    Listing listing_;                              // guarded by mutex_
    std::map<std::int64_t, Category> categories_;  // guarded by mutex_
    std::atomic<std::int64_t> version_{-1};
    std::atomic<std::int64_t> wanted_{0};
    std::atomic<std::chrono::steady_clock::rep> checked_at_{0};
    Answers answers_;
};

}  // namespace cartwright::catalog
