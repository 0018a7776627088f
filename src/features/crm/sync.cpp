#include "features/crm/sync.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace cartwright::crm {
namespace {

using jobs::Handled;
using orders::CrmSync;

Sale sale_of(orders::Order const& order, identity::User const& buyer) {
    Sale sale{.order_number = orders::order_number(order.id, order.created_at, order.surface),
              .total = order.totals.total,
              .currency = order.currency,
              .placed_at = order.created_at,
              .lines = {},
              .email = text::to_lower_ascii(buyer.email),
              .first_name = buyer.first_name,
              .last_name = buyer.last_name,
              .phone_number = buyer.phone_number};
    for (auto const& item : order.items)
        sale.lines.push_back({item.name, item.quantity, item.unit_price});
    return sale;
}

struct Sync {
    jobs::Outbox& outbox;
    db::Database& database;
    orders::Orders& orders;
    identity::Identity& identity;
    Connector& connector;

    Handled end(OrderId order, CrmSync sync, Handled handled) const {
        database.write([&](db::Tx& tx) { orders.set_crm_sync(tx, order, sync); });
        return handled;
    }

    /// The item again, as a new one with all its attempts: being asked to wait is no failure.
    Handled wait(OrderId order, std::int64_t waits, std::chrono::seconds pause) const {
        database.write([&](db::Tx& tx) {
            outbox.add(tx, orders::completed_topic, order.value, std::to_string(waits + 1), pause);
        });
        return Handled::done;
    }

    Handled handle(jobs::OutboxItem const& item, std::string& message) const {
        OrderId const id{item.subject_id};
        auto const shown = orders.find(id);
        if (!shown) return Handled::done;  // deleted meanwhile
        auto const buyer = identity.find(shown->order.user);
        if (!buyer || buyer->is_deleted) return end(id, CrmSync::failed, Handled::done);
        auto told = connector.tell(sale_of(shown->order, *buyer));
        message = std::move(told.message);
        auto const waits = text::to_int(item.payload).value_or(0);
        switch (told.what) {
            case Told::What::done: return end(id, CrmSync::success, Handled::done);
            case Told::What::refused: return end(id, CrmSync::failed, Handled::failed);
            case Told::What::later:
                if (waits < waits_max) return wait(id, waits, told.wait);
                return end(id, CrmSync::failed, Handled::failed);
            case Told::What::again:
                if (item.attempt < attempts_max && !item.is_last) return Handled::retry;
                return end(id, CrmSync::failed, Handled::failed);
        }
        std::unreachable();
    }
};

}  // namespace

void handle_completed_orders(jobs::Outbox& outbox, db::Database& database, orders::Orders& orders,
                             identity::Identity& identity, Connector& connector) {
    Sync const sync{outbox, database, orders, identity, connector};
    outbox.on(orders::completed_topic, [sync](jobs::OutboxItem const& item, std::string& message) {
        return sync.handle(item, message);
    });
}

}  // namespace cartwright::crm
