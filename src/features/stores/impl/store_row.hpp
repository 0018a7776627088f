#pragma once

#include "features/stores/stores.hpp"
#include "platform/db/database.hpp"

namespace cartwright::stores {

/// The columns that `read_store` reads, in its order.
#define CARTWRIGHT_STORE_COLUMNS                                      \
    "id, public_id, name, currency, tax_hundredths, shipping_minor, " \
    "free_shipping_threshold_minor, delivery_days, is_active, is_default"

inline Store read_store(db::Row const& row) {
    Store store{.id = row.id<StoreId>(0),
                .public_id = row.string(1),
                .name = row.string(2),
                .currency = row.string(3),
                .tax_hundredths = row.integer(4),
                .shipping = row.money(5),
                .free_shipping_threshold = {},
                .delivery_days = row.integer(7),
                .active = row.flag(8),
                .is_default = row.flag(9)};
    if (!row.is_null(6)) store.free_shipping_threshold = row.money(6);
    return store;
}

}  // namespace cartwright::stores
