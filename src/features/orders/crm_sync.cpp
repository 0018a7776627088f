#include "features/orders/impl/order_store.hpp"
#include "features/orders/orders.hpp"

namespace cartwright::orders {

void Orders::ask_crm_sync(db::Tx& tx, OrderId id) {
    store::set_crm_sync(tx, id, CrmSync::pending);
    outbox_.add(tx, completed_topic, id.value);
}

void Orders::set_crm_sync(db::Tx& tx, OrderId id, CrmSync sync) {
    store::set_crm_sync(tx, id, sync);
}

std::expected<ShownOrder, CrmRefusal> Orders::sync_crm(OrderId id, Actor const& actor) {
    return database_.write([&](db::Tx& tx) -> std::expected<ShownOrder, CrmRefusal> {
        auto order = store::lock(tx, id);
        if (!order) return std::unexpected(CrmRefusal::unknown_order);
        if (!options_.tells_crm) return std::unexpected(CrmRefusal::no_crm);
        if (!is_completed(state_of(*order))) return std::unexpected(CrmRefusal::not_completed);
        auto const before = order->crm_sync;
        order->crm_sync = CrmSync::pending;
        ask_crm_sync(tx, id);
        auto const word = before ? std::optional(to_string(*before)) : std::nullopt;
        // An order that waits already is asked for once more, which is an admin's doing too.
        audit::record(tx, clock_.now(), actor, "sync_crm", {"order", id.value},
                      {{"crm_sync_status", word}},
                      {{"crm_sync_status", to_string(CrmSync::pending)}, {"asked_again", true}});
        std::vector<ProductId> products;
        for (auto const& item : order->items) products.push_back(item.product);
        auto goods = carts::Goods::read(catalog_, tx, std::move(products));
        return ShownOrder{std::move(*order), std::move(goods)};
    });
}

}  // namespace cartwright::orders
