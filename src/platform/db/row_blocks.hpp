#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "platform/db/database.hpp"

namespace cartwright::db {

/// How many rows a table has and where its rows of any rank are, without going through them: rows
/// counted once, in blocks of ids. For tables whose rows are never removed and get ever higher ids,
/// with the columns `id` and `created_at`. Any thread.
///
/// It learns as it is asked, a bounded number of rows at a time; what it does not know yet, its
/// user counts.
class RowBlocks {
public:
    static constexpr std::int64_t size = 1024;  ///< ids in a block; triggers know it too

    /// Of a table's rows, or those for which a condition holds that never changes of a row
    /// ("gateway = 'paytm'").
    RowBlocks(std::string_view table, Engine engine, std::string_view condition = "1 = 1");

    /// Blocks to which no row can be added any more, from id 0 on without a gap.
    struct Counted {
        std::vector<std::int64_t> up_to;  ///< rows in this block and those before it

        std::int64_t blocks() const { return static_cast<std::int64_t>(up_to.size()); }
        std::int64_t end() const { return blocks() * size; }  ///< the first id that is not counted
        std::int64_t rows() const { return up_to.empty() ? 0 : up_to.back(); }
        /// In the blocks from `first` up to `last`, without that one.
        std::int64_t rows_in(std::int64_t first, std::int64_t last) const;
    };
    /// What is known by now.
    std::shared_ptr<Counted const> look(Read& read, Instant now);

    /// In a list by descending ids: the rows below an id, without the first `offset` of them.
    struct Place {
        std::int64_t below = 0;
        std::int64_t offset = 0;
    };
    /// Blocks from `first` up to `last`, without that one.
    struct Range {
        std::int64_t first = 0;
        std::int64_t last = 0;
    };
    /// Where a page begins that leaves out `offset` rows of those blocks. `hidden`: how many rows
    /// of a block are none of the list. Nothing where it begins below them: `offset` is then what
    /// is left of it.
    static std::optional<Place> place(
        Counted const& counted, Range blocks, std::int64_t& offset,
        std::function<std::int64_t(std::int64_t block)> const& hidden);

private:
    std::shared_ptr<Counted const> grown(Read& read, Counted const& known, std::int64_t end);

    std::string settled_text_, count_text_;
    std::chrono::seconds settled_after_;
    std::mutex mutex_;
    std::shared_ptr<Counted const> counted_ = std::make_shared<Counted const>();
    Instant next_look_{};
};

}  // namespace cartwright::db
