#include "platform/db/row_blocks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace cartwright::db {
namespace {

/// On PostgreSQL a row of a lower id may be committed later than one of a higher id; by this age it
/// has been, or never will be. SQLite's one writer gives ids in the order of the commits.
constexpr std::chrono::seconds settled_after{120};
constexpr std::chrono::seconds looked_every{30};
/// A quarter of a million rows at a time: some tens of milliseconds.
constexpr std::int64_t blocks_at_once = 256;

}  // namespace

RowBlocks::RowBlocks(std::string_view table, Engine engine, std::string_view condition)
    : settled_text_(fmt::format("SELECT id FROM {} WHERE created_at <= $1 AND id >= $2 "
                                "ORDER BY id DESC LIMIT 1",
                                table)),
      count_text_(fmt::format("SELECT id / {0} AS block, count(*) FROM {1} WHERE id >= $1 AND "
                              "id < $2 AND {2} GROUP BY id / {0}",
                              size, table, condition)),
      settled_after_(engine == Engine::sqlite ? std::chrono::seconds(0) : settled_after) {}

std::int64_t RowBlocks::Counted::rows_in(std::int64_t first, std::int64_t last) const {
    auto const before = [&](std::int64_t block) {
        return block == 0 ? 0 : up_to.at(static_cast<std::size_t>(block - 1));
    };
    return before(last) - before(first);
}

std::shared_ptr<RowBlocks::Counted const> RowBlocks::look(Read& read, Instant now) {
    std::shared_ptr<Counted const> known;
    {
        std::scoped_lock const lock(mutex_);
        if (now < next_look_) return counted_;
        known = counted_;
        next_look_ = now + looked_every;
    }
    auto const settled = read.first(
        {"row_blocks.settled", settled_text_}, [](Row const& row) { return row.integer(0); },
        now - settled_after_, known->end());
    auto const end = settled ? (*settled + 1) / size * size : known->end();
    if (end <= known->end()) return known;
    auto const now_to = std::min(end, known->end() + blocks_at_once * size);
    auto more = grown(read, *known, now_to);
    std::scoped_lock const lock(mutex_);
    if (counted_->blocks() < more->blocks()) counted_ = more;
    if (now_to < end) next_look_ = now;
    return more;
}

std::shared_ptr<RowBlocks::Counted const> RowBlocks::grown(Read& read, Counted const& known,
                                                           std::int64_t end) {
    auto more = std::make_shared<Counted>(known);
    more->up_to.resize(static_cast<std::size_t>(end / size), 0);
    read.each(
        {"row_blocks.count", count_text_},
        [&](Row const& row) {
            more->up_to.at(static_cast<std::size_t>(row.integer(0))) = row.integer(1);
        },
        known.end(), end);
    auto sum = known.rows();
    for (auto block = known.up_to.size(); block < more->up_to.size(); ++block)
        sum = more->up_to[block] += sum;
    return more;
}

std::optional<RowBlocks::Place> RowBlocks::place(
    Counted const& counted, Range blocks, std::int64_t& offset,
    std::function<std::int64_t(std::int64_t)> const& hidden) {
    for (auto block = blocks.last - 1; block >= blocks.first; --block) {
        auto const shown = counted.rows_in(block, block + 1) - hidden(block);
        if (offset < shown) return Place{(block + 1) * size, offset};
        offset -= shown;
    }
    return std::nullopt;
}

}  // namespace cartwright::db
