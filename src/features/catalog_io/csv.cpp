#include "features/catalog_io/csv.hpp"

#include <utility>

namespace cartwright::catalog_io {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

}  // namespace

/// Makes sure that there are bytes at hand; false at the end of the source.
bool CsvReader::more() {
    while (block_.empty()) {
        block_ = source_.next();
        if (block_.empty()) return false;
        if (!begun_ && block_.starts_with(byte_order_mark))
            block_.remove_prefix(byte_order_mark.size());
        begun_ = true;
    }
    return true;
}

/// Takes the bytes up to the next that means something in this state.
void CsvReader::take_run() {
    auto const special = state_ == State::quoted     ? block_.find_first_of("\"\n")
                         : state_ == State::skipping ? block_.find('\n')
                                                     : block_.find_first_of(",\"\n");
    auto const run = block_.substr(0, special);
    if (run.empty()) return;
    if (state_ == State::field_start) state_ = State::plain;
    if (state_ != State::skipping) text_ += run;
    block_.remove_prefix(run.size());
}

void CsvReader::end_field() {
    ends_.push_back(text_.size());
    state_ = State::field_start;
}

void CsvReader::end_record() {
    bool const field_has_text = ends_.empty() || ends_.back() < text_.size();
    if (state_ == State::plain && field_has_text && text_.ends_with('\r')) text_.pop_back();
    end_field();
    bool const blank = ends_.size() == 1 && text_.empty() && !quoted_field_;
    complete_ = !blank || trouble_ != CsvTrouble::none;
    if (!complete_) ends_.clear();
}

void CsvReader::fail(CsvTrouble trouble) {
    trouble_ = trouble;
    text_.clear();
    ends_.clear();
    state_ = State::skipping;
}

/// What follows a quote inside a quoted field: another one, or the end of the field.
void CsvReader::after_quote(char c) {
    if (c == '"') {
        text_ += '"';
        state_ = State::quoted;
    } else if (c == ',') {
        end_field();
    } else if (c == '\n') {
        end_record();
    } else if (c != '\r') {
        fail(CsvTrouble::text_after_quote);
    }
}

void CsvReader::take_special(char c) {
    if (c == '\n') ++line_;
    switch (state_) {
        case State::skipping: complete_ = true; return;
        case State::quote_in_quoted: after_quote(c); return;
        case State::quoted:
            if (c == '"') {
                state_ = State::quote_in_quoted;
            } else {
                text_ += c;
            }
            return;
        case State::field_start:
            if (c == '"') {
                state_ = State::quoted;
                quoted_field_ = true;
                return;
            }
            [[fallthrough]];
        case State::plain:
            if (c == ',') {
                end_field();
            } else if (c == '\n') {
                end_record();
            } else {
                text_ += c;
            }
            return;
    }
    std::unreachable();
}

void CsvReader::deliver(CsvRecord& record) {
    record.line = record_line_;
    record.trouble = trouble_;
    record.fields.clear();
    std::size_t from = 0;
    for (auto const end : ends_) {
        record.fields.push_back(std::string_view(text_).substr(from, end - from));
        from = end;
    }
}

bool CsvReader::next(CsvRecord& record) {
    text_.clear();
    ends_.clear();
    state_ = State::field_start;
    trouble_ = CsvTrouble::none;
    complete_ = quoted_field_ = false;
    record_line_ = line_;
    while (!complete_) {
        if (ends_.empty() && text_.empty() && state_ == State::field_start) record_line_ = line_;
        if (!more()) break;
        if (state_ != State::quote_in_quoted) take_run();
        if (text_.size() > record_bytes_max_ || ends_.size() > record_bytes_max_) {
            fail(CsvTrouble::too_long);
            continue;
        }
        if (block_.empty()) continue;
        char const c = block_.front();
        block_.remove_prefix(1);
        take_special(c);
    }
    if (!complete_) {
        if (state_ == State::field_start && ends_.empty()) return false;
        if (state_ == State::quoted) {
            fail(CsvTrouble::unclosed_quote);
        } else if (state_ != State::skipping) {
            end_record();
            if (!complete_) return false;
        }
    }
    deliver(record);
    return true;
}

void append_csv_field(std::string& out, std::string_view field) {
    bool const plain = field.find_first_of(",\"\r\n") == std::string_view::npos &&
                       !field.starts_with(byte_order_mark);
    if (plain) {
        out += field;
        return;
    }
    out += '"';
    for (char const c : field) {
        if (c == '"') out += '"';
        out += c;
    }
    out += '"';
}

}  // namespace cartwright::catalog_io
