#include "features/stores/stores.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <thread>

#include "platform/db/test_database.hpp"

namespace cartwright::stores {
namespace {

class StoresTest : public testing::TestWithParam<db::Engine> {
protected:
    db::TestDatabase database_{GetParam()};
    SystemClock clock_;
    Stores stores_{*database_, clock_};
};

INSTANTIATE_TEST_SUITE_P(Engines, StoresTest, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(StoresTest, FindsTheNamedStoreOrTheDefault) {
    EXPECT_EQ(stores_.active({})->public_id, "store_1");
    EXPECT_FALSE(stores_.active("store_2"));
    auto const made = stores_.create({.name = "Second"}, {});
    EXPECT_EQ(made->public_id, "store_2");
    EXPECT_EQ(stores_.active("store_2")->name, "Second");
    EXPECT_EQ(stores_.find("2")->id, made->id);
    EXPECT_TRUE(stores_.change(made->id, {.active = false}, {}));
    EXPECT_FALSE(stores_.active("store_2"));
    EXPECT_TRUE(stores_.find("store_2"));
}

TEST_P(StoresTest, ExactlyOneStoreIsTheDefault) {
    auto const second = *stores_.create({.name = "Second", .is_default = true}, {});
    EXPECT_EQ(stores_.active({})->id, second.id);
    EXPECT_EQ(stores_.change(second.id, {.is_default = false}, {}).error(),
              StoreRefusal::default_needed);
    EXPECT_EQ(stores_.change(second.id, {.active = false}, {}).error(),
              StoreRefusal::default_is_inactive);
    EXPECT_EQ(stores_.remove(second.id, {}).error(), StoreRefusal::default_needed);
    EXPECT_TRUE(stores_.remove(StoreId{1}, {}));
    EXPECT_EQ(stores_.remove(StoreId{1}, {}).error(), StoreRefusal::unknown_store);
}

TEST_P(StoresTest, ExactlyOneDefaultUnderARace) {
    std::vector<StoreId> ids{StoreId{1}};
    for (int i = 0; i < 7; ++i) ids.push_back(stores_.create({.name = "s"}, {})->id);
    std::latch start(32);
    std::vector<std::jthread> admins;
    for (std::size_t i = 0; i < 32; ++i) {
        admins.emplace_back([&, i] {
            start.arrive_and_wait();
            EXPECT_TRUE(stores_.change(ids[i % ids.size()], {.is_default = true}, {}));
        });
    }
    admins.clear();
    EXPECT_EQ(std::ranges::count(stores_.all(), true, &Store::is_default), 1);
}

TEST_P(StoresTest, RefusesWhatIsTakenOrInUse) {
    auto const second = *stores_.create({.public_id = "berlin", .name = "Berlin"}, {});
    EXPECT_EQ(stores_.create({.public_id = "berlin", .name = "B"}, {}).error(),
              StoreRefusal::public_id_taken);
    EXPECT_EQ(stores_.change(StoreId{1}, {.public_id = "berlin"}, {}).error(),
              StoreRefusal::public_id_taken);
    database_->write([&](db::Tx& tx) {
        tx.execute({"t", "INSERT INTO categories (store_id, name, slug) VALUES ($1, 'C', 'c')"},
                   second.id);
    });
    EXPECT_EQ(stores_.remove(second.id, {}).error(), StoreRefusal::in_use);
    EXPECT_TRUE(stores_.active("berlin"));
}

}  // namespace
}  // namespace cartwright::stores
