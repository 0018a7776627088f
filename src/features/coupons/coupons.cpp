#include "features/coupons/coupons.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/text.hpp"
#include "platform/db/where.hpp"

namespace cartwright::coupons {
namespace {

#define COUPON_COLUMNS                                                                    \
    "SELECT id, code, discount_type, value_hundredths, store_id, min_subtotal_minor, "    \
    "valid_from, valid_until, usage_limit, per_user_limit, is_active, uses, created_at, " \
    "updated_at FROM coupons WHERE deleted_at IS NULL "

db::Query const find_query{"coupons.find", COUPON_COLUMNS "AND id = $1"};
db::Query const by_code_query{"coupons.by_code", COUPON_COLUMNS "AND code_key = $1"};
db::Query const lock_query{"coupons.lock", COUPON_COLUMNS "AND code_key = $1 {for_update}"};
db::Query const lock_by_id_query{"coupons.lock_by_id", COUPON_COLUMNS "AND id = $1 {for_update}"};
constexpr std::string_view page_text = COUPON_COLUMNS;
#undef COUPON_COLUMNS

db::Query const count_query{"coupons.count",
                            "SELECT count(*) FROM coupons WHERE deleted_at IS NULL"};
db::Query const uses_of_query{"coupons.uses_of",
                              "SELECT uses FROM coupon_uses WHERE coupon_id = $1 AND user_id = $2"};
db::Query const use_query{
    "coupons.use",
    "UPDATE coupons SET uses = uses + 1 WHERE id = $1 AND deleted_at IS NULL AND is_active = 1 "
    "AND (usage_limit IS NULL OR uses < usage_limit)"};
db::Query const use_by_query{
    "coupons.use_by",
    "INSERT INTO coupon_uses (coupon_id, user_id, uses) VALUES ($1, $2, 1) "
    "ON CONFLICT (coupon_id, user_id) DO UPDATE SET uses = coupon_uses.uses + 1 "
    "WHERE coupon_uses.uses < $3"};
db::Query const give_back_query{"coupons.give_back",
                                "UPDATE coupons SET uses = uses - 1 WHERE id = $1 AND uses > 0"};
db::Query const give_back_by_query{"coupons.give_back_by",
                                   "UPDATE coupon_uses SET uses = uses - 1 "
                                   "WHERE coupon_id = $1 AND user_id = $2 AND uses > 0"};
db::Query const insert_query{
    "coupons.insert",
    "INSERT INTO coupons (code, code_key, discount_type, value_hundredths, store_id, "
    "min_subtotal_minor, valid_from, valid_until, usage_limit, per_user_limit, is_active, "
    "created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) "
    "{returning_id}"};
db::Query const update_query{
    "coupons.update",
    "UPDATE coupons SET code = $1, code_key = $2, discount_type = $3, value_hundredths = $4, "
    "store_id = $5, min_subtotal_minor = $6, valid_from = $7, valid_until = $8, usage_limit = $9, "
    "per_user_limit = $10, is_active = $11, updated_at = $12 "
    "WHERE id = $13 AND deleted_at IS NULL"};
// A key that no code has, for codes hold no control characters.
db::Query const hide_query{
    "coupons.hide",
    "UPDATE coupons SET deleted_at = $2, updated_at = $2, is_active = 0, "
    "code_key = code_key || $3 || CAST(id AS TEXT) WHERE id = $1 AND deleted_at IS NULL"};

/// More than anybody can use.
constexpr std::int64_t no_limit = std::int64_t{1} << 60;

std::optional<Instant> maybe_instant(db::Row const& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.instant(column));
}

/// What is not there comes first on either engine.
std::string_view column(SortBy by) {
    switch (by) {
        case SortBy::made: return "id";
        case SortBy::code: return "code_key";
        case SortBy::type: return "discount_type";
        case SortBy::value: return "value_hundredths";
        case SortBy::store:
            return "coalesce((SELECT public_id FROM stores s WHERE s.id = store_id), '')";
        case SortBy::min_subtotal: return "min_subtotal_minor";
        case SortBy::valid_from: return "coalesce(valid_from, 0)";
        case SortBy::valid_until: return "coalesce(valid_until, 0)";
        case SortBy::usage_limit: return "coalesce(usage_limit, 0)";
        case SortBy::per_user_limit: return "coalesce(per_user_limit, 0)";
        case SortBy::active: return "is_active";
        case SortBy::uses: return "uses";
        case SortBy::updated: return "updated_at";
    }
    std::unreachable();
}

Coupon coupon_of(db::Row const& row) {
    Coupon coupon{.id = row.id<CouponId>(0), .terms = {.code = row.string(1)}};
    auto& terms = coupon.terms;
    terms.type = row.text(2) == "fixed" ? DiscountType::fixed : DiscountType::percent;
    terms.value_hundredths = row.integer(3);
    if (!row.is_null(4)) terms.store = row.id<StoreId>(4);
    terms.min_subtotal = row.money(5);
    terms.valid_from = maybe_instant(row, 6);
    terms.valid_until = maybe_instant(row, 7);
    terms.usage_limit = row.maybe_integer(8);
    terms.per_user_limit = row.maybe_integer(9);
    terms.active = row.flag(10);
    coupon.uses = row.integer(11);
    coupon.created_at = row.instant(12);
    coupon.updated_at = row.instant(13);
    return coupon;
}

audit::Facts facts(Terms const& terms) {
    return {{"code", terms.code},
            {"discount_type", to_string(terms.type)},
            {"value", Money{terms.value_hundredths}},
            {"store", terms.store},
            {"min_subtotal", terms.min_subtotal},
            {"valid_from", terms.valid_from},
            {"valid_until", terms.valid_until},
            {"usage_limit", terms.usage_limit},
            {"per_user_limit", terms.per_user_limit},
            {"is_active", terms.active}};
}

/// What speaks against the coupon before its limits are counted.
std::optional<Refusal> judge(Terms const& terms, Use const& use, Instant now) {
    if (terms.store && *terms.store != use.store) return Refusal::unknown;
    if (!terms.active) return Refusal::inactive;
    if (terms.valid_from && now < *terms.valid_from) return Refusal::not_yet_valid;
    if (terms.valid_until && now >= *terms.valid_until) return Refusal::expired;
    if (use.subtotal < terms.min_subtotal) return Refusal::subtotal_too_small;
    return std::nullopt;
}

Discount discount_of(Coupon const& coupon, Money subtotal) {
    auto const& terms = coupon.terms;
    auto const amount = terms.type == DiscountType::percent
                            ? percentage(subtotal, terms.value_hundredths)
                            : Money{terms.value_hundredths};
    return {coupon.id, terms.code, std::min(amount, subtotal)};
}

std::int64_t uses_of(db::Read& read, CouponId coupon, UserId user) {
    return read
        .first(
            uses_of_query, [](db::Row const& row) { return row.integer(0); }, coupon, user)
        .value_or(0);
}

}  // namespace

std::string_view to_string(DiscountType type) {
    switch (type) {
        case DiscountType::percent: return "percent";
        case DiscountType::fixed: return "fixed";
    }
    std::unreachable();
}

std::expected<Discount, Refusal> Coupons::quote(db::Read& read, std::string_view code,
                                                Use const& use) {
    auto const coupon = read.first(by_code_query, coupon_of, text::fold_case(text::trim(code)));
    if (!coupon) return std::unexpected(Refusal::unknown);
    auto const& terms = coupon->terms;
    if (auto const refused = judge(terms, use, clock_.now())) return std::unexpected(*refused);
    if (terms.usage_limit && coupon->uses >= *terms.usage_limit)
        return std::unexpected(Refusal::used_up);
    if (terms.per_user_limit && uses_of(read, coupon->id, use.user) >= *terms.per_user_limit)
        return std::unexpected(Refusal::used_up_by_user);
    return discount_of(*coupon, use.subtotal);
}

std::expected<Discount, Refusal> Coupons::quote(std::string_view code, Use const& use) {
    return database_.read([&](db::Read& read) { return quote(read, code, use); });
}

std::expected<Discount, Refusal> Coupons::redeem(db::Tx& tx, std::string_view code,
                                                 Use const& use) {
    auto const coupon = tx.first(lock_query, coupon_of, text::fold_case(text::trim(code)));
    if (!coupon) return std::unexpected(Refusal::unknown);
    if (auto const refused = judge(coupon->terms, use, clock_.now()))
        return std::unexpected(*refused);
    if (tx.execute(use_query, coupon->id) != 1) return std::unexpected(Refusal::used_up);
    auto const limit = coupon->terms.per_user_limit.value_or(no_limit);
    if (tx.execute(use_by_query, coupon->id, use.user, limit) != 1)
        return std::unexpected(Refusal::used_up_by_user);
    return discount_of(*coupon, use.subtotal);
}

void Coupons::give_back(db::Tx& tx, CouponId coupon, UserId user) {
    auto const total = tx.execute(give_back_query, coupon);
    auto const own = tx.execute(give_back_by_query, coupon, user);
    check(total == 1 && own == 1, "a use that is given back was counted");
}

std::expected<Coupon, SaveRefusal> Coupons::create(Terms const& terms, audit::Actor const& by) {
    try {
        return database_.write([&](db::Tx& tx) -> std::expected<Coupon, SaveRefusal> {
            auto const now = clock_.now();
            auto const id = *tx.first(
                insert_query, [](db::Row const& row) { return row.id<CouponId>(0); }, terms.code,
                text::fold_case(terms.code), to_string(terms.type), terms.value_hundredths,
                terms.store, terms.min_subtotal, terms.valid_from, terms.valid_until,
                terms.usage_limit, terms.per_user_limit, terms.active, now);
            audit::record(tx, now, by, "create", {"coupon", id.value}, {}, facts(terms));
            return *tx.first(find_query, coupon_of, id);
        });
    } catch (db::ConstraintViolation const& problem) {
        if (problem.kind() != db::ConstraintViolation::Kind::unique) throw;
        return std::unexpected(SaveRefusal::code_taken);
    }
}

std::expected<Coupon, SaveRefusal> Coupons::change(CouponId id, Terms const& terms,
                                                   audit::Actor const& by) {
    try {
        return database_.write([&](db::Tx& tx) -> std::expected<Coupon, SaveRefusal> {
            auto const before = tx.first(lock_by_id_query, coupon_of, id);
            if (!before) return std::unexpected(SaveRefusal::unknown_coupon);
            auto const now = clock_.now();
            tx.execute(update_query, terms.code, text::fold_case(terms.code), to_string(terms.type),
                       terms.value_hundredths, terms.store, terms.min_subtotal, terms.valid_from,
                       terms.valid_until, terms.usage_limit, terms.per_user_limit, terms.active,
                       now, id);
            audit::record(tx, now, by, "update", {"coupon", id.value}, facts(before->terms),
                          facts(terms));
            return *tx.first(find_query, coupon_of, id);
        });
    } catch (db::ConstraintViolation const& problem) {
        if (problem.kind() != db::ConstraintViolation::Kind::unique) throw;
        return std::unexpected(SaveRefusal::code_taken);
    }
}

bool Coupons::remove(CouponId id, audit::Actor const& by) {
    return database_.write([&](db::Tx& tx) {
        auto const before = tx.first(lock_by_id_query, coupon_of, id);
        if (!before) return false;
        auto const now = clock_.now();
        tx.execute(hide_query, id, now, "\x01");
        audit::record(tx, now, by, "delete", {"coupon", id.value}, facts(before->terms), {});
        return true;
    });
}

std::optional<Coupon> Coupons::find(CouponId id) {
    return database_.read([&](db::Read& read) { return read.first(find_query, coupon_of, id); });
}

Coupons::Page Coupons::page(Ordering ordering, std::int64_t offset, std::int64_t limit) {
    auto const text = std::string(page_text) +
                      db::order_by(column(ordering.by), ordering.descending) +
                      " LIMIT $1 OFFSET $2";
    return database_.read([&](db::Read& read) {
        return Page{read.all({"coupons.page", text}, coupon_of, limit, offset),
                    *read.first(count_query, [](db::Row const& row) { return row.integer(0); })};
    });
}

}  // namespace cartwright::coupons
