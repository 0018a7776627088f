#include "features/orders/impl/list_columns.hpp"

#include <utility>

namespace cartwright::orders::store {

std::string_view condition(Progress progress) {
    switch (progress) {
        case Progress::cancelled: return " AND cancelled_at IS NOT NULL";
        case Progress::placed:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'placed' "
                   "AND payment_state = 'unpaid'";
        case Progress::confirmed:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'placed' "
                   "AND payment_state <> 'unpaid'";
        case Progress::processing:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'processing'";
        case Progress::shipped: return " AND cancelled_at IS NULL AND fulfilment_state = 'shipped'";
        case Progress::out_for_delivery:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'out_for_delivery'";
        case Progress::delivered:
            return " AND cancelled_at IS NULL AND fulfilment_state = 'delivered'";
    }
    std::unreachable();
}

std::string_view column(SortBy by) {
    switch (by) {
        case SortBy::placed: return "id";
        case SortBy::updated: return "updated_at";
        case SortBy::buyer: return "user_id";
        case SortBy::email: return "customer_email";
        case SortBy::progress:
            return "CASE WHEN cancelled_at IS NOT NULL THEN 6 "
                   "WHEN fulfilment_state = 'delivered' THEN 5 "
                   "WHEN fulfilment_state = 'out_for_delivery' THEN 4 "
                   "WHEN fulfilment_state = 'shipped' THEN 3 "
                   "WHEN fulfilment_state = 'processing' THEN 2 "
                   "WHEN payment_state <> 'unpaid' THEN 1 ELSE 0 END";
        case SortBy::shop_status:
            return "CASE WHEN cancelled_at IS NOT NULL THEN 3 "
                   "WHEN payment_state <> 'unpaid' THEN 2 "
                   "WHEN fulfilment_state = 'placed' THEN 0 "
                   "WHEN fulfilment_state = 'processing' THEN 1 ELSE 2 END";
        case SortBy::currency: return "currency";
        case SortBy::subtotal: return "subtotal_minor";
        case SortBy::tax: return "tax_minor";
        case SortBy::shipping: return "shipping_minor";
        case SortBy::discount: return "discount_minor";
        case SortBy::total: return "total_minor";
        case SortBy::coupon: return "coalesce(coupon_code, '')";
        case SortBy::shipping_address: return "shipping_address";
        case SortBy::billing_address: return "billing_address";
        case SortBy::tracking_number: return "coalesce(tracking_number, '')";
        case SortBy::carrier: return "coalesce(carrier_name, '')";
        case SortBy::estimated_delivery: return "coalesce(estimated_delivery_at, 0)";
        case SortBy::delivered: return "coalesce(delivered_at, 0)";
        case SortBy::payment_intent: return "coalesce(payment_intent, '')";
        case SortBy::crm_sync: return "coalesce(crm_sync_status, '')";
    }
    std::unreachable();
}

/// Whether `sort_key` says it; a list by anything else goes on behind its last order as that is
/// now.
bool is_number(SortBy by) {
    switch (by) {
        case SortBy::placed:
        case SortBy::updated:
        case SortBy::buyer:
        case SortBy::subtotal:
        case SortBy::tax:
        case SortBy::shipping:
        case SortBy::discount:
        case SortBy::total:
        case SortBy::estimated_delivery:
        case SortBy::delivered: return true;
        case SortBy::email:
        case SortBy::progress:
        case SortBy::shop_status:
        case SortBy::currency:
        case SortBy::coupon:
        case SortBy::shipping_address:
        case SortBy::billing_address:
        case SortBy::tracking_number:
        case SortBy::carrier:
        case SortBy::payment_intent:
        case SortBy::crm_sync: return false;
    }
    std::unreachable();
}

}  // namespace cartwright::orders::store
