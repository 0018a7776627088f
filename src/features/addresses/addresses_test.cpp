#include "features/addresses/addresses.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "platform/db/test_database.hpp"

namespace cartwright::addresses {
namespace {

class StoppedClock final : public Clock {
public:
    Instant now() const override { return Instant{std::chrono::seconds{1704067200}}; }
};

constexpr UserId ann{1};
constexpr UserId bob{2};

Details home(std::string_view street = "123 Main Street") {
    return {.contact_name = "Ann",
            .street_address = std::string(street),
            .city = "Mumbai",
            .state = "Maharashtra",
            .pin_code = "400001",
            .phone_number = "+919876543210"};
}

/// Moves an address to another street.
auto to(std::string street) {
    return [street](Details& details) {
        details = home(street);
    };
}

class AddressBooks : public testing::TestWithParam<db::Engine> {
protected:
    AddressBooks() {
        database->write([](db::Tx& tx) {
            for (auto const* name : {"ann", "bob"})
                tx.execute({"t",
                            "INSERT INTO users (username, username_key, email, email_key, "
                            "password_hash, user_type, joined_at, updated_at) "
                            "VALUES ($1, $1, $1, $1, '', 'customer', 0, 0)"},
                           name);
        });
    }

    AddressId add(UserId user = ann, bool make_default = false) {
        return addresses.add(user, home(), make_default)->id;
    }
    std::int64_t defaults(UserId user = ann) {
        return std::ranges::count_if(addresses.list(user), &Address::is_default);
    }
    /// As many at once as attacks.md asks for.
    template <class F>
    static void race(F const& f) {
        std::vector<std::jthread> rivals;
        for (auto i = 0; i < 64; ++i) rivals.emplace_back([&f, i] { f(i); });
    }

    db::TestDatabase database{GetParam()};
    StoppedClock clock;
    Addresses addresses{*database, clock, {.per_user_max = 64}};
};

INSTANTIATE_TEST_SUITE_P(Engines, AddressBooks, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST(FullAddress, IsTheReferences) {
    auto details = home();
    EXPECT_EQ(full_address(details), "123 Main Street, Mumbai, Maharashtra 400001, India");
    details.street_address_2 = "Apartment 4B";
    details.landmark = "Near Central Mall";
    EXPECT_EQ(full_address(details),
              "123 Main Street, Apartment 4B, Near Central Mall, Mumbai, Maharashtra 400001, "
              "India");
}

TEST_P(AddressBooks, KeepWhatTheyAreTold) {
    auto details = home();
    details.kind = Kind::work;
    details.latitude_e7 = 190'760'000;
    details.longitude_e7 = -1;
    auto const id = addresses.add(ann, details, false)->id;
    auto const found = addresses.find(ann, id);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->details.kind, Kind::work);
    EXPECT_EQ(found->details.latitude_e7, 190'760'000);
    EXPECT_EQ(found->details.longitude_e7, -1);
    EXPECT_EQ(found->created_at, clock.now());
    EXPECT_EQ(addresses.change(ann, id, to("Elsewhere"), false)->details.street_address,
              "Elsewhere");
    EXPECT_FALSE(addresses.find(ann, id)->details.latitude_e7);
}

TEST_P(AddressBooks, TheFirstIsTheDefaultAndAnotherFollows) {
    EXPECT_FALSE(addresses.find_default(ann));
    auto const first = add();
    auto const second = add();
    auto const third = add(ann, true);
    EXPECT_EQ(addresses.find_default(ann)->id, third);
    EXPECT_TRUE(addresses.change(ann, second, to("1 St"), true)->is_default);
    EXPECT_EQ(defaults(), 1);
    EXPECT_TRUE(addresses.change(ann, second, to("1 St"), false)->is_default);
    EXPECT_TRUE(addresses.remove(ann, second));
    EXPECT_EQ(addresses.find_default(ann)->id, first);
    EXPECT_TRUE(addresses.set_default(ann, third)->is_default);
    EXPECT_TRUE(addresses.remove(ann, first));
    EXPECT_EQ(addresses.find_default(ann)->id, third);
    EXPECT_TRUE(addresses.remove(ann, third));
    EXPECT_FALSE(addresses.find_default(ann));
}

TEST_P(AddressBooks, ChangesAtOnceAllStay) {
    auto const id = add();
    race([&](int i) {
        auto const changed = addresses.change(
            ann, id, [](Details& details) { details.landmark += "x"; }, i % 2 == 0);
        EXPECT_TRUE(changed);
    });
    EXPECT_EQ(addresses.find(ann, id)->details.landmark, std::string(64, 'x'));
}

TEST_P(AddressBooks, AreTheirOwners) {
    auto const id = add();
    add(bob);
    EXPECT_FALSE(addresses.find(bob, id));
    EXPECT_EQ(addresses.change(bob, id, to("Stolen"), true).error(), Refusal::unknown);
    EXPECT_EQ(addresses.set_default(bob, id).error(), Refusal::unknown);
    EXPECT_FALSE(addresses.remove(bob, id));
    EXPECT_EQ(addresses.find(ann, id)->details.street_address, "123 Main Street");
    addresses.forget(ann);
    EXPECT_TRUE(addresses.list(ann).empty());
    EXPECT_EQ(addresses.list(bob).size(), 1U);
    EXPECT_TRUE(addresses.add(ann, home(), false)->is_default);
}

TEST_P(AddressBooks, HaveOneDefaultWhateverHappensAtOnce) {
    std::vector<AddressId> ids;
    for (auto i = 0; i < 8; ++i) ids.push_back(add());
    race([&](int i) { addresses.set_default(ann, ids[static_cast<std::size_t>(i) % ids.size()]); });
    EXPECT_EQ(defaults(), 1);
    race([&](int i) {
        auto const id = ids[static_cast<std::size_t>(i) % (ids.size() - 1)];
        if (i % 2 == 0) {
            addresses.set_default(ann, id);
        } else {
            addresses.remove(ann, id);
        }
    });
    EXPECT_EQ(defaults(), 1);
}

TEST_P(AddressBooks, AreNeverFullerThanTheyMayBe) {
    std::atomic<int> added = 0;
    for (auto i = 0; i < 10; ++i) add();
    race([&](int) {
        if (addresses.add(ann, home(), true)) ++added;
    });
    EXPECT_EQ(added, 54);
    EXPECT_EQ(addresses.list(ann).size(), 64U);
    EXPECT_EQ(addresses.add(ann, home(), true).error(), Refusal::too_many);
    EXPECT_TRUE(addresses.add(bob, home(), false));
    EXPECT_EQ(defaults(), 1);
}

}  // namespace
}  // namespace cartwright::addresses
