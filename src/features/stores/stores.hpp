#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "platform/db/database.hpp"

namespace cartwright::stores {

/// A shop within the shop: its own catalogue, currency and terms. Source: contract §4.
struct Store {
    StoreId id;
    std::string public_id;  ///< "store_123", unique
    std::string name;
    std::string currency;             ///< ISO 4217
    std::int64_t tax_hundredths = 0;  ///< percent × 100
    Money shipping;
    std::optional<Money> free_shipping_threshold;
    std::int64_t delivery_days = 0;
    bool active = true;
    bool is_default = false;
};

/// A store to be made. Without a public id it gets one from its id ("store_7").
struct NewStore {
    std::optional<std::string> public_id;
    std::string name;
    std::string currency = "USD";
    std::int64_t tax_hundredths = 0;
    Money shipping;
    std::optional<Money> free_shipping_threshold;
    std::int64_t delivery_days = 5;
    bool active = true;
    bool is_default = false;
};

/// What is to be changed of a store; the rest stays.
struct StoreChange {
    std::optional<std::string> public_id;
    std::optional<std::string> name;
    std::optional<std::string> currency;
    std::optional<std::int64_t> tax_hundredths;
    std::optional<Money> shipping;
    std::optional<std::optional<Money>> free_shipping_threshold;
    std::optional<std::int64_t> delivery_days;
    std::optional<bool> active;
    std::optional<bool> is_default;
};

enum class StoreRefusal {
    unknown_store,
    public_id_taken,
    default_needed,       ///< one store is the default: make another the default instead
    default_is_inactive,  ///< the default store is what a request without a store gets
    in_use                ///< it has products, carts or orders
};

/// Adds `by` to the version of the store's catalogue and returns it. The store's row stays locked
/// until the transaction ends, so that whoever changes its lists does so alone. 0 for a store that
/// does not exist.
std::int64_t grow_catalog_version(db::Tx& tx, StoreId store, std::int64_t by);

/// The version that is committed; 0 for a store that does not exist.
std::int64_t catalog_version(db::Read& read, StoreId store);

/// The stores. Any thread.
class Stores {
public:
    Stores(db::Database& database, Clock const& clock);
    ~Stores();
    Stores(Stores const&) = delete;
    Stores& operator=(Stores const&) = delete;

    /// `listener` runs after every commit of this process that has changed a store, before anybody
    /// is answered. It must not throw. Before the first use.
    void on_change(std::function<void()> listener) { on_change_ = std::move(listener); }
    /// Another node has changed one.
    void forget();

    /// The active store of that public id; the default store where none is named. Nothing for an
    /// unknown or inactive one. Answered from memory; another node's change is seen within a
    /// second. Not to be called inside a transaction.
    std::optional<Store> active(std::optional<std::string_view> public_id);

    /// All of them, in id order, as `active` sees them.
    std::vector<Store> all();
    /// By its public id; else, where `name` is a number, by its id. Inactive ones too. As `active`
    /// sees it.
    std::optional<Store> find(std::string_view name);

    /// Exactly one store is the default: a new default takes the mark from the old one, whoever
    /// races. Each change is in the audit log.
    std::expected<Store, StoreRefusal> create(NewStore const& wanted, audit::Actor const& by);
    std::expected<Store, StoreRefusal> change(StoreId id, StoreChange const& change,
                                              audit::Actor const& by);
    std::expected<StoreId, StoreRefusal> remove(StoreId id, audit::Actor const& by);

private:
    class Snapshot;

    std::shared_ptr<std::vector<Store> const> known();
    void forget_on_commit(db::Tx& tx);

    db::Database& database_;
    Clock const& clock_;
    std::function<void()> on_change_;
    std::unique_ptr<Snapshot> snapshot_;
};

}  // namespace cartwright::stores
