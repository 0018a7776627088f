#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "features/catalog_io/source.hpp"

namespace cartwright::catalog_io {

/// What can be wrong with the form of a CSV record.
enum class CsvTrouble {
    none,
    text_after_quote,  ///< "abc"def
    unclosed_quote,    ///< the file ends inside a quoted field
    too_long           ///< the record is longer than the limit
};

/// One record. The fields are valid until the next is read.
struct CsvRecord {
    std::size_t line = 0;  ///< where it begins, counted from 1
    std::vector<std::string_view> fields;
    CsvTrouble trouble = CsvTrouble::none;  ///< then the fields are not to be used
};

/// Reads CSV as RFC 4180 has it: quoted fields with doubled quotes, commas and line ends inside,
/// records ended by CRLF or LF, a byte order mark before the first. Beyond it: a quote inside an
/// unquoted field is itself, and empty lines are skipped. After a record in trouble it goes on with
/// the line after the one where the trouble was seen.
class CsvReader {
public:
    CsvReader(Source& source, std::size_t record_bytes_max)
        : source_(source), record_bytes_max_(record_bytes_max) {}

    /// False at the end.
    bool next(CsvRecord& record);

private:
    enum class State { field_start, plain, quoted, quote_in_quoted, skipping };

    bool more();
    void take_run();
    void take_special(char c);
    void after_quote(char c);
    void end_field();
    void end_record();
    void fail(CsvTrouble trouble);
    void deliver(CsvRecord& record);

    Source& source_;
    std::size_t record_bytes_max_;
    std::string_view block_;
    bool begun_ = false;
    State state_ = State::field_start;
    std::size_t line_ = 1;
    std::size_t record_line_ = 1;
    std::string text_;               ///< the record's fields, one after the other
    std::vector<std::size_t> ends_;  ///< where each ends in `text_`
    bool quoted_field_ = false;      ///< an empty quoted field makes a record of an empty line
    bool complete_ = false;
    CsvTrouble trouble_ = CsvTrouble::none;
};

/// Appends a field, quoted where it needs to be.
void append_csv_field(std::string& out, std::string_view field);

}  // namespace cartwright::catalog_io
