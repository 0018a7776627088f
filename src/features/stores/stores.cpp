#include "features/stores/stores.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "features/stores/impl/snapshot.hpp"
#include "features/stores/impl/store_row.hpp"

namespace cartwright::stores {
namespace {

constexpr db::Query all_stores{"stores.all",
                               "SELECT " CARTWRIGHT_STORE_COLUMNS " FROM stores ORDER BY id"};

}  // namespace

Stores::Stores(db::Database& database, Clock const& clock)
    : database_(database), clock_(clock), snapshot_(std::make_unique<Snapshot>()) {}

Stores::~Stores() = default;

std::shared_ptr<std::vector<Store> const> Stores::known() {
    if (auto fresh = snapshot_->get()) return fresh;
    auto const ticket = snapshot_->ticket();
    auto loaded = std::make_shared<std::vector<Store> const>(
        database_.read([](db::Read& read) { return read.all(all_stores, read_store); }));
    snapshot_->put(loaded, ticket);
    return loaded;
}

std::optional<Store> Stores::active(std::optional<std::string_view> public_id) {
    auto const stores = known();
    auto const found = std::ranges::find_if(*stores, [&](Store const& store) {
        return public_id ? store.public_id == *public_id : store.is_default;
    });
    if (found == stores->end() || !found->active) return std::nullopt;
    return *found;
}

std::vector<Store> Stores::all() {
    return *known();
}

std::optional<Store> Stores::find(std::string_view name) {
    auto const stores = known();
    auto found = std::ranges::find(*stores, name, &Store::public_id);
    if (found == stores->end()) {
        auto const number = text::to_int(name);
        if (number) found = std::ranges::find(*stores, StoreId{*number}, &Store::id);
    }
    if (found == stores->end()) return std::nullopt;
    return *found;
}

}  // namespace cartwright::stores
