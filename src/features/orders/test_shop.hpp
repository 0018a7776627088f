#pragma once

#include "features/carts/test_shop.hpp"
#include "features/orders/orders.hpp"

namespace cartwright::orders {

using carts::race;

/// Orders beside the carts.
class TestShop : public carts::TestShop {
public:
    using carts::TestShop::TestShop;

    Purchase purchase(UserId buyer = {1}) const {
        return {.buyer = buyer,
                .buyer_email = "buyer@example.com",
                .store = store,
                .shipping_address = "1 Ship St",
                .billing_address = "2 Bill St"};
    }

    /// Nothing is off.
    void expect_sound() {
        EXPECT_EQ(database->read([](db::Read& read) { return Orders::verify(read, 10); }),
                  std::vector<std::string>{});
        expect_sound_stock_and_carts();
    }

    stores::Store store{.id = {1}, .public_id = "store_1", .name = "Shop", .currency = "USD"};
    jobs::Outbox outbox{*database, clock, {}};
    coupons::Coupons coupons{*database, clock};
    Orders orders{*database, catalog, carts, coupons, outbox, clock};
};

}  // namespace cartwright::orders
