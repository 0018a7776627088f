#include <fmt/format.h>

#include <algorithm>

#include "features/stores/impl/snapshot.hpp"
#include "features/stores/impl/store_row.hpp"
#include "features/stores/stores.hpp"

namespace cartwright::stores {
namespace {

constexpr db::Query lock_all{
    "stores.lock", "SELECT " CARTWRIGHT_STORE_COLUMNS " FROM stores ORDER BY id {for_update}"};
constexpr db::Query insert_store{
    "stores.insert",
    "INSERT INTO stores (public_id, name, currency, tax_hundredths, shipping_minor, "
    "free_shipping_threshold_minor, delivery_days, is_active, is_default, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) {returning_id}"};
constexpr db::Query update_store{
    "stores.update",
    "UPDATE stores SET public_id = $2, name = $3, currency = $4, tax_hundredths = $5, "
    "shipping_minor = $6, free_shipping_threshold_minor = $7, delivery_days = $8, is_active = $9, "
    "is_default = $10, updated_at = $11 WHERE id = $1"};
constexpr db::Query unset_default{"stores.unset_default",
                                  "UPDATE stores SET is_default = 0, updated_at = $1 "
                                  "WHERE is_default = 1"};
constexpr db::Query set_public_id{"stores.set_public_id",
                                  "UPDATE stores SET public_id = $2 WHERE id = $1"};
constexpr db::Query delete_store{"stores.delete", "DELETE FROM stores WHERE id = $1"};
constexpr db::Query grow_version{"stores.grow_catalog_version",
                                 "UPDATE stores SET catalog_version = catalog_version + $2 "
                                 "WHERE id = $1 RETURNING catalog_version"};
constexpr db::Query read_version{"stores.catalog_version",
                                 "SELECT catalog_version FROM stores WHERE id = $1"};

constexpr auto integer = [](db::Row const& row) {
    return row.integer(0);
};

audit::Facts facts(Store const& store) {
    return {{"store_id", store.public_id},
            {"name", store.name},
            {"currency", store.currency},
            {"tax_rate", Money{store.tax_hundredths}},
            {"shipping_cost", store.shipping},
            {"free_shipping_threshold", store.free_shipping_threshold},
            {"delivery_days", store.delivery_days},
            {"is_active", store.active},
            {"is_default", store.is_default}};
}

bool taken(std::vector<Store> const& stores, std::string_view public_id, StoreId except) {
    return std::ranges::any_of(stores, [&](Store const& store) {
        return store.public_id == public_id && store.id != except;
    });
}

Store applied(Store store, StoreChange const& change) {
    store.public_id = change.public_id.value_or(store.public_id);
    store.name = change.name.value_or(store.name);
    store.currency = change.currency.value_or(store.currency);
    store.tax_hundredths = change.tax_hundredths.value_or(store.tax_hundredths);
    store.shipping = change.shipping.value_or(store.shipping);
    store.free_shipping_threshold =
        change.free_shipping_threshold.value_or(store.free_shipping_threshold);
    store.delivery_days = change.delivery_days.value_or(store.delivery_days);
    store.active = change.active.value_or(store.active);
    store.is_default = change.is_default.value_or(store.is_default);
    return store;
}

/// "store_7", or what is free after it.
std::string public_id_for(std::vector<Store> const& stores, StoreId id) {
    auto const plain = fmt::format("store_{}", id.value);
    auto free = plain;
    for (int n = 2; taken(stores, free, id); ++n) free = fmt::format("{}-{}", plain, n);
    return free;
}

}  // namespace

std::int64_t grow_catalog_version(db::Tx& tx, StoreId store, std::int64_t by) {
    return tx.first(grow_version, integer, store, by).value_or(0);
}

std::int64_t catalog_version(db::Read& read, StoreId store) {
    return read.first(read_version, integer, store).value_or(0);
}

void Stores::forget_on_commit(db::Tx& tx) {
    tx.on_commit([this] {
        snapshot_->drop();
        if (on_change_) on_change_();
    });
}

void Stores::forget() {
    snapshot_->drop();
}

std::expected<Store, StoreRefusal> Stores::create(NewStore const& wanted, audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::expected<Store, StoreRefusal> {
        auto const stores = tx.all(lock_all, read_store);
        if (wanted.public_id && taken(stores, *wanted.public_id, {}))
            return std::unexpected(StoreRefusal::public_id_taken);
        if (wanted.is_default && !wanted.active)
            return std::unexpected(StoreRefusal::default_is_inactive);
        auto const now = clock_.now();
        if (wanted.is_default) tx.execute(unset_default, now);
        StoreId const id{*tx.first(insert_store, integer, wanted.public_id.value_or("\x01"),
                                   wanted.name, wanted.currency, wanted.tax_hundredths,
                                   wanted.shipping, wanted.free_shipping_threshold,
                                   wanted.delivery_days, wanted.active, wanted.is_default, now)};
        auto const public_id = wanted.public_id.value_or(public_id_for(stores, id));
        if (!wanted.public_id) tx.execute(set_public_id, id, public_id);
        forget_on_commit(tx);
        Store made{.id = id,
                   .public_id = public_id,
                   .name = wanted.name,
                   .currency = wanted.currency,
                   .tax_hundredths = wanted.tax_hundredths,
                   .shipping = wanted.shipping,
                   .free_shipping_threshold = wanted.free_shipping_threshold,
                   .delivery_days = wanted.delivery_days,
                   .active = wanted.active,
                   .is_default = wanted.is_default};
        audit::record(tx, now, by, "create", {"store", id.value}, {}, facts(made));
        return made;
    });
}

std::expected<Store, StoreRefusal> Stores::change(StoreId id, StoreChange const& change,
                                                  audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) -> std::expected<Store, StoreRefusal> {
        auto const stores = tx.all(lock_all, read_store);
        auto const before = std::ranges::find(stores, id, &Store::id);
        if (before == stores.end()) return std::unexpected(StoreRefusal::unknown_store);
        auto after = applied(*before, change);
        if (taken(stores, after.public_id, id))
            return std::unexpected(StoreRefusal::public_id_taken);
        if (before->is_default && !after.is_default)
            return std::unexpected(StoreRefusal::default_needed);
        if (after.is_default && !after.active)
            return std::unexpected(StoreRefusal::default_is_inactive);
        auto const now = clock_.now();
        if (after.is_default && !before->is_default) tx.execute(unset_default, now);
        tx.execute(update_store, id, after.public_id, after.name, after.currency,
                   after.tax_hundredths, after.shipping, after.free_shipping_threshold,
                   after.delivery_days, after.active, after.is_default, now);
        audit::record(tx, now, by, "update", {"store", id.value}, facts(*before), facts(after));
        forget_on_commit(tx);
        return after;
    });
}

std::expected<StoreId, StoreRefusal> Stores::remove(StoreId id, audit::Actor const& by) {
    try {
        return database_.write([&](db::Tx& tx) -> std::expected<StoreId, StoreRefusal> {
            auto const stores = tx.all(lock_all, read_store);
            auto const found = std::ranges::find(stores, id, &Store::id);
            if (found == stores.end()) return std::unexpected(StoreRefusal::unknown_store);
            if (found->is_default) return std::unexpected(StoreRefusal::default_needed);
            tx.execute(delete_store, id);
            audit::record(tx, clock_.now(), by, "delete", {"store", id.value}, facts(*found), {});
            forget_on_commit(tx);
            return id;
        });
    } catch (db::ConstraintViolation const&) {  // products, carts or orders name it
        return std::unexpected(StoreRefusal::in_use);
    }
}

}  // namespace cartwright::stores
