#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>

#include "features/orders/test_shop.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::payments {
namespace {

/// So many payments that pages are looked for and not walked to.
class LongPaymentList : public testing::TestWithParam<db::Engine> {
protected:
    LongPaymentList() {
        shop.run(numbers +
                 "INSERT INTO orders (id, user_id, customer_email, store_id, currency, surface, "
                 "subtotal_minor, tax_minor, shipping_minor, discount_minor, total_minor, "
                 "shipping_address, billing_address, created_at, updated_at) SELECT i, 1, '', 1, "
                 "'USD', 'shop', 0, 0, 0, 0, 0, '', '', 1704000000, 0 FROM n");
        shop.run(numbers +
                 "INSERT INTO payments (id, order_id, gateway, transaction_id, amount_minor, "
                 "currency, status, created_at, updated_at, user_id) SELECT i, i, "
                 "CASE WHEN i % 10 = 0 THEN 'paytm' WHEN i % 10 = 1 THEN 'phonepe' ELSE 'stripe' "
                 "END, 'TXN_' || i, i % 100, 'USD', CASE WHEN i % 4 = 0 THEN 'PENDING' "
                 "WHEN i % 4 = 1 THEN 'FAILED' ELSE 'COMPLETED' END, 1704000000, 0, 1 FROM n");
    }
    std::vector<std::int64_t> ids(std::string const& rest) {
        return shop.database->read([&](db::Read& read) {
            return read.all({"t", "SELECT id FROM payments " + rest},
                            [](db::Row const& row) { return row.integer(0); });
        });
    }
    void expect_pages(Filter const& filter, Ordering ordering, std::string const& rest) {
        auto const all = ids(rest);
        EXPECT_EQ(payments.count(filter), std::ssize(all)) << rest;
        for (std::ptrdiff_t offset = 0; offset < std::ssize(all) + 400; offset += 391) {
            std::vector<std::int64_t> found;
            for (auto const& payment : payments.page(filter, ordering, offset, 5))
                found.push_back(payment.id.value);
            auto const first = std::min(offset, std::ssize(all));
            auto const last = std::min(offset + 5, std::ssize(all));
            EXPECT_EQ(found, std::vector(all.begin() + first, all.begin() + last))
                << rest << " from " << offset;
        }
    }

    std::string const numbers =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9000) ";
    orders::TestShop shop{GetParam()};
    Payments payments{*shop.database, shop.orders, shop.outbox, shop.clock};
};

INSTANTIATE_TEST_SUITE_P(Engines, LongPaymentList, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(LongPaymentList, EachPageBeginsWhereItShould) {
    for (auto turn = 0; turn < 2; ++turn) {
        expect_pages({}, {}, "ORDER BY id DESC");
        expect_pages({.gateway = Gateway::stripe}, {}, "WHERE gateway = 'stripe' ORDER BY id DESC");
        expect_pages({.gateway = Gateway::paytm}, {}, "WHERE gateway = 'paytm' ORDER BY id DESC");
        expect_pages({.gateway = Gateway::manual}, {}, "WHERE gateway = 'manual' ORDER BY id DESC");
        expect_pages({.status = Status::completed}, {},
                     "WHERE status = 'COMPLETED' ORDER BY id DESC");
        expect_pages({.status = Status::failed}, {}, "WHERE status = 'FAILED' ORDER BY id DESC");
        expect_pages({.status = Status::completed, .gateway = Gateway::phonepe}, {},
                     "WHERE status = 'COMPLETED' AND gateway = 'phonepe' ORDER BY id DESC");
        expect_pages({}, {SortBy::amount, false}, "ORDER BY amount_minor, id");
        expect_pages({.gateway = Gateway::stripe}, {SortBy::amount, true},
                     "WHERE gateway = 'stripe' ORDER BY amount_minor DESC, id DESC");
        shop.run("UPDATE payments SET status = 'COMPLETED' WHERE id % 8 = 1");
        shop.run("UPDATE payments SET status = 'FAILED' WHERE id % 8 = 2");
    }
}

}  // namespace
}  // namespace cartwright::payments
