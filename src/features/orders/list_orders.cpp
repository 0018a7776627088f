#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "base/check.hpp"
#include "features/orders/impl/order_store.hpp"
#include "features/orders/orders.hpp"
#include "platform/db/row_blocks.hpp"

namespace cartwright::orders {
namespace {

db::Query const count_since_query{
    "orders.count_since", "SELECT count(*) FROM orders WHERE id >= $1 AND deleted_at IS NULL"};
db::Query const hidden_query{
    "orders.hidden",
    "SELECT span, block, orders FROM hidden_orders WHERE (span = $1 AND block >= $2 AND "
    "block < $3) OR (span = $4 AND block < $5)"};
db::Query const count_of_query{"orders.count_of",
                               "SELECT count(*) FROM orders WHERE user_id = $1 AND id > $2"};
db::Query const deleted_of_query{
    "orders.count_deleted_of",
    "SELECT count(*) FROM orders WHERE user_id = $1 AND deleted_at IS NOT NULL"};
db::Query const settled_query{
    "orders.settled", "SELECT id FROM orders WHERE created_at <= $1 ORDER BY id DESC LIMIT 1"};

/// By this age an order that took a lower id has been committed or never will be.
constexpr std::chrono::seconds settled_after{120};
/// So many rows are counted each time rather than remembered.
constexpr std::int64_t counted_max = 1000;
constexpr std::size_t remembered_max = 10'000;
/// Looking for a higher id passes over all the orders that are younger than `settled_after`.
constexpr std::chrono::seconds tried_every{60};

std::int64_t number_of(db::Row const& row) {
    return row.integer(0);
}

/// Of so many blocks the deleted orders are known together too.
constexpr std::int64_t blocks_in_span = 64;

/// How many orders are deleted in each of those blocks, and in each of the first so many spans.
struct Hidden {
    std::vector<std::int64_t> blocks, spans;
};
Hidden hidden_in(db::Read& read, db::RowBlocks::Range blocks, std::int64_t spans) {
    constexpr auto size = db::RowBlocks::size;
    Hidden hidden{std::vector<std::int64_t>(static_cast<std::size_t>(blocks.last - blocks.first)),
                  std::vector<std::int64_t>(static_cast<std::size_t>(spans))};
    auto take = [&](db::Row const& row) {
        bool const block = row.integer(0) == size;
        auto& counts = block ? hidden.blocks : hidden.spans;
        counts.at(static_cast<std::size_t>(row.integer(1) - (block ? blocks.first : 0))) =
            row.integer(2);
    };
    read.each(hidden_query, take, size, blocks.first, blocks.last, size * blocks_in_span, spans);
    return hidden;
}

/// How many orders there are that are not deleted, with ids from there on.
std::int64_t count_since(db::Read& read, std::int64_t id) {
    return *read.first(count_since_query, number_of, id);
}

}  // namespace

/// Where in the list of all orders those of any rank are.
struct Orders::All {
    std::shared_ptr<db::RowBlocks::Counted const> counted;
    std::int64_t recent = 0;  ///< behind the counted blocks, and not deleted
    Hidden hidden;            ///< in the blocks behind the last whole span, and in the spans

    db::RowBlocks::Place place(db::Read& read, std::int64_t offset) const;
};

/// Where the page begins that leaves out the `offset` newest. Deleted ones are known by spans of
/// many blocks; those of the blocks of one span are looked up.
db::RowBlocks::Place Orders::All::place(db::Read& read, std::int64_t offset) const {
    using Blocks = db::RowBlocks;
    if (offset < std::max(Blocks::size, recent)) return {INT64_MAX, offset};
    offset -= recent;
    auto const among = [&](Blocks::Range blocks, std::vector<std::int64_t> const& deleted) {
        return Blocks::place(*counted, blocks, offset, [&](std::int64_t block) {
            return deleted.at(static_cast<std::size_t>(block - blocks.first));
        });
    };
    auto const spans = counted->blocks() / blocks_in_span;
    Blocks::Range const newest{spans * blocks_in_span, counted->blocks()};
    if (auto const place = among(newest, hidden.blocks)) return *place;
    for (auto span = spans - 1; span >= 0; --span) {
        Blocks::Range const blocks{span * blocks_in_span, (span + 1) * blocks_in_span};
        auto const shown = counted->rows_in(blocks.first, blocks.last) -
                           hidden.spans.at(static_cast<std::size_t>(span));
        if (offset < shown)
            return among(blocks, hidden_in(read, blocks, 0).blocks).value_or(Blocks::Place{});
        offset -= shown;
    }
    return {};
}

/// How many rows there are up to an id below which none can appear any more. Rows are never removed
/// (deleting an order hides it), so this stays true, whatever other nodes do. Of all: in blocks; of
/// each user: in one number.
struct Orders::Counts {
    explicit Counts(db::Engine engine) : all("orders", engine) {}

    struct Settled {
        std::int64_t up_to = 0;
        std::int64_t rows = 0;
        Instant tried_at{};  ///< when a higher id was last looked for
    };

    Settled get(std::int64_t user) {
        std::scoped_lock const lock(mutex);
        auto const found = of_user.find(user);
        return found == of_user.end() ? Settled{} : found->second;
    }
    void put(std::int64_t user, Settled settled) {
        std::scoped_lock const lock(mutex);
        if (of_user.size() >= remembered_max) of_user.clear();
        of_user[user] = settled;
    }

    db::RowBlocks all;
    std::mutex mutex;
    std::unordered_map<std::int64_t, Settled> of_user;
};

Orders::Orders(db::Database& database, catalog::Catalog& catalog, carts::Carts& carts,
               coupons::Coupons& coupons, jobs::Outbox& outbox, Clock const& clock, Options options)
    : database_(database),
      catalog_(catalog),
      carts_(carts),
      coupons_(coupons),
      outbox_(outbox),
      clock_(clock),
      options_(options),
      counts_(std::make_unique<Counts>(database.engine())) {
    check(options_.lines_max >= 1 && options_.lines_max <= static_cast<std::size_t>(lines_bound),
          "an order has 1 to 1,024 lines");
}

Orders::~Orders() = default;

std::optional<ShownOrder> Orders::find(OrderId id) {
    return database_.read([&](db::Read& read) -> std::optional<ShownOrder> {
        auto order = store::find(read, id);
        if (!order) return std::nullopt;
        return with_goods(read, std::move(*order));
    });
}

std::vector<Order> Orders::find_all(std::vector<OrderId> const& ids) {
    return database_.read([&](db::Read& read) { return store::find_all(read, ids); });
}

std::optional<Order> Orders::look(db::Read& read, OrderId id) {
    return store::find_bare(read, id);
}

ShownOrder Orders::with_goods(db::Read& read, Order order) {
    std::vector<ProductId> products;
    products.reserve(order.items.size());
    for (auto const& item : order.items) products.push_back(item.product);
    auto goods = carts::Goods::read(catalog_, read, std::move(products));
    return {std::move(order), std::move(goods)};
}

ShownOrders Orders::with_goods(db::Read& read, std::vector<Order> orders) {
    std::vector<ProductId> products;
    for (auto const& order : orders)
        for (auto const& item : order.items) products.push_back(item.product);
    auto goods = carts::Goods::read(catalog_, read, std::move(products));
    return {std::move(orders), std::move(goods)};
}

ShownOrders Orders::newest(std::optional<UserId> of) {
    return page({.of = of}, 0, static_cast<std::int64_t>(options_.listed_max));
}

ShownOrders Orders::page(Total const& total, std::int64_t offset, std::int64_t limit) {
    return database_.read([&](db::Read& read) {
        auto const begin =
            total.all ? total.all->place(read, offset) : db::RowBlocks::Place{INT64_MAX, offset};
        return with_goods(read, store::page(read, total.of, begin, limit));
    });
}

ShownOrders Orders::list(Wish const& wish) {
    return database_.read(
        [&](db::Read& read) { return with_goods(read, store::list(read, wish)); });
}

std::int64_t Orders::count_of(Wish const& wish) {
    if (!wish.progress) return total(wish.of).count;
    return database_.read([&](db::Read& read) { return store::count(read, wish); });
}

Orders::Total Orders::total(std::optional<UserId> of) {
    return database_.read([&](db::Read& read) {
        return of ? Total{.of = of, .count = count_users(read, *of)} : total_of_all(read);
    });
}

Orders::Total Orders::total_of_all(db::Read& read) {
    auto const counted = counts_->all.look(read, clock_.now());
    auto const spans = counted->blocks() / blocks_in_span;
    All all{.counted = counted,
            .recent = count_since(read, counted->end()),
            .hidden = hidden_in(read, {spans * blocks_in_span, counted->blocks()}, spans)};
    auto count = counted->rows() + all.recent;
    for (auto const* part : {&all.hidden.blocks, &all.hidden.spans})
        for (auto const deleted : *part) count -= deleted;
    return {.of = {}, .count = count, .all = std::make_shared<All const>(std::move(all))};
}

std::int64_t Orders::count_users(db::Read& read, UserId user) {
    auto const before = counts_->get(user.value);
    auto const now = clock_.now();
    auto const newer = *read.first(count_of_query, number_of, user, before.up_to);
    if (newer > counted_max && now - before.tried_at >= tried_every) {
        auto const found = read.first(settled_query, number_of, now - settled_after);
        auto const up_to = std::max(found.value_or(0), before.up_to);
        auto const recent = *read.first(count_of_query, number_of, user, up_to);
        counts_->put(user.value, {up_to, before.rows + newer - recent, now});
    }
    return before.rows + newer - *read.first(deleted_of_query, number_of, user);
}

}  // namespace cartwright::orders
