#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
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

/// The stores. Any thread.
class Stores {
public:
    Stores(db::Database& database, Clock const& clock);
    ~Stores();
    Stores(Stores const&) = delete;
    Stores& operator=(Stores const&) = delete;

    /// The active store of that public id; the default store where none is named. Nothing for an
    /// unknown or inactive one. Answered from memory; another node's change is seen within a
    /// second. Not to be called inside a transaction.
    std::optional<Store> active(std::optional<std::string_view> public_id);

private:
    class Snapshot;

    std::shared_ptr<std::vector<Store> const> known();

    db::Database& database_;
    Clock const& clock_;
    std::unique_ptr<Snapshot> snapshot_;
};

}  // namespace cartwright::stores
