#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "platform/db/sqlite/connection.hpp"

namespace cartwright::db::sqlite {

/// A reader connection for each thread that reads. A thread that ends leaves its connection to the
/// next one.
class Readers : public std::enable_shared_from_this<Readers> {
public:
    /// The connection of one thread, and whether a read is under way on it.
    struct Reader {
        explicit Reader(std::string const& path) : connection(path, Connection::Role::reader) {}
        Connection connection;
        bool reading = false;
    };

    explicit Readers(std::string path) : path_(std::move(path)) {}

    /// The calling thread's. Throws `Unavailable`.
    Reader& mine();
    /// As `mine`, but does not open one.
    Reader* mine_if_open() const;
    std::int64_t count() const;

private:
    struct Lease;
    struct Leases;
    static Leases& leases();
    Reader& take();

    std::string const path_;
    mutable std::mutex mutex_;
    std::vector<std::unique_ptr<Reader>> all_;
    std::vector<Reader*> free_;
};

}  // namespace cartwright::db::sqlite
