#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

#include "platform/db/test_database.hpp"

namespace cartwright::db {

/// What the drivers' own tests are made with: a small schema with one rule of each kind.
inline constexpr std::string_view notes_schema =
    "CREATE TABLE notes (id {id}, body TEXT, n BIGINT, bytes {blob}, CHECK (n <> -13));"
    "CREATE UNIQUE INDEX notes_body ON notes (body);"
    "CREATE TABLE pages (id {id}, note BIGINT NOT NULL REFERENCES notes (id));";
inline constexpr Migration notes_migrations[] = {{1, "notes", notes_schema, notes_schema}};

inline constexpr Query insert_note{"notes.insert",
                                   "INSERT INTO notes (body, n) VALUES ($1, $2) RETURNING id"};
inline constexpr Query count_notes{"notes.count", "SELECT count(*) FROM notes"};
inline constexpr auto integer = [](Row const& row) {
    return row.integer(0);
};

class NotesTest : public testing::TestWithParam<Engine> {
protected:
    explicit NotesTest(Options options = {})
        : database_(GetParam(), notes_migrations, std::move(options)) {}

    std::int64_t notes() {
        return *database_->read([](Read& read) { return read.first(count_notes, integer); });
    }
    std::int64_t insert(std::string_view body, std::int64_t n) {
        return *database_->write([&](Tx& tx) { return tx.first(insert_note, integer, body, n); });
    }

    TestDatabase database_;
};

}  // namespace cartwright::db
