#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"
#include "features/audit/audit.hpp"
#include "platform/db/database.hpp"

namespace cartwright::coupons {

using CouponId = Id<struct CouponTag>;

enum class DiscountType { percent, fixed };

std::string_view to_string(DiscountType type);

/// What an admin says of a coupon.
struct Terms {
    std::string code;  ///< unique without regard to case
    DiscountType type = DiscountType::percent;
    std::int64_t value_hundredths = 0;  ///< percent × 100, or minor units; above 0
    std::optional<StoreId> store;       ///< nothing: all stores
    Money min_subtotal;
    std::optional<Instant> valid_from;
    std::optional<Instant> valid_until;  ///< the first moment at which it no longer is
    std::optional<std::int64_t> usage_limit;
    std::optional<std::int64_t> per_user_limit;
    bool active = true;
};

struct Coupon {
    CouponId id;
    Terms terms;
    std::int64_t uses = 0;  ///< by orders that were not cancelled
    Instant created_at;
    Instant updated_at;
};

/// Why a coupon does not apply.
enum class Refusal {
    unknown,  ///< or another store's
    inactive,
    not_yet_valid,
    expired,
    subtotal_too_small,
    used_up,
    used_up_by_user
};

/// Who wants to use a coupon on what.
struct Use {
    StoreId store;
    UserId user;
    Money subtotal;
};

/// What a coupon takes off.
struct Discount {
    CouponId coupon;
    std::string code;  ///< as the admin wrote it
    Money amount;      ///< at most the subtotal
};

/// What a list of coupons may be ordered by: the fields that it shows. `made` is by their ids.
enum class SortBy {
    made,
    code,
    type,
    value,
    store,
    min_subtotal,
    valid_from,
    valid_until,
    usage_limit,
    per_user_limit,
    active,
    uses,
    updated
};
struct Ordering {
    SortBy by = SortBy::made;
    bool descending = false;
};

enum class SaveRefusal { unknown_coupon, code_taken };

/// Coupons. Owns `coupons` and `coupon_uses`. Any thread. Limits hold whatever happens at once, for
/// each use is counted by a guarded statement in the order's own transaction. Source: contract §6,
/// attacks 4 to 6.
class Coupons {
public:
    Coupons(db::Database& database, Clock const& clock) : database_(database), clock_(clock) {}

    /// What the coupon would take off now; its use is not counted. For carts.
    std::expected<Discount, Refusal> quote(db::Read& read, std::string_view code, Use const& use);

    /// As above, in a transaction of its own.
    std::expected<Discount, Refusal> quote(std::string_view code, Use const& use);

    /// Counts one use and says what it takes off. Where it refuses, nothing is certain about the
    /// transaction: roll it back. The coupon's row stays locked; comes after the locks of products.
    std::expected<Discount, Refusal> redeem(db::Tx& tx, std::string_view code, Use const& use);

    /// Takes a use back: its order was cancelled.
    void give_back(db::Tx& tx, CouponId coupon, UserId user);

    std::expected<Coupon, SaveRefusal> create(Terms const& terms, audit::Actor const& by);
    /// Replaces the terms; `usage_limit` may fall below what is used up.
    std::expected<Coupon, SaveRefusal> change(CouponId id, Terms const& terms,
                                              audit::Actor const& by);
    /// Hides a coupon for good; its code is free again. False: there is none.
    bool remove(CouponId id, audit::Actor const& by);
    std::optional<Coupon> find(CouponId id);

    struct Page {
        std::vector<Coupon> coupons;
        std::int64_t count = 0;  ///< of all
    };
    Page page(Ordering ordering, std::int64_t offset, std::int64_t limit);

private:
    db::Database& database_;
    Clock const& clock_;
};

}  // namespace cartwright::coupons
