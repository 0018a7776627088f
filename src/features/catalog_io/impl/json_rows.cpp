#include <fmt/core.h>

#include <boost/json.hpp>
#include <cmath>

#include "features/catalog_io/impl/fields.hpp"
#include "features/catalog_io/impl/readers.hpp"

namespace cartwright::catalog_io {
namespace {

namespace bj = boost::json;

/// A field of an object as text; numbers as they would be written. `well` becomes false for what
/// has no such form.
std::string as_text(bj::object const& object, std::string_view name, bool& well) {
    auto const* const value = object.if_contains(name);
    if (value == nullptr || value->is_null()) return {};
    if (auto const* text = value->if_string()) return std::string(*text);
    if (auto const* flag = value->if_bool()) return *flag ? "true" : "false";
    if (auto const* number = value->if_int64()) return std::to_string(*number);
    if (auto const* number = value->if_uint64()) return std::to_string(*number);
    if (auto const* number = value->if_double()) return fmt::format("{}", *number);
    well = false;
    return {};
}

Entry read_object(bj::object const& object, std::size_t line) {
    FieldJudge judge(line);
    auto const at = [&](std::string_view name) {
        bool well = true;
        auto text = as_text(object, name, well);
        if (!well) judge.fail(Trouble::not_text, name);
        return text;
    };
    ImportedProduct row{
        .public_id = judge.text("public_id", at("public_id"), public_id_length_max),
        .name = judge.text("name", at("name"), name_length_max),
        .description = judge.text("description", at("description"), description_length_max, true),
        .category = judge.text("category", at("category"), category_length_max),
        .price = judge.price("price", at("price")),
        .stock = judge.stock("stock_quantity", at("stock_quantity")),
        .image = judge.image("image_url", at("image_url")),
        .active = judge.flag("is_active", at("is_active"))};
    if (!judge.well()) return {line, std::unexpected(judge.problem())};
    return {line, std::move(row)};
}

/// Our own JSON: an array of objects, taken apart into its elements while it streams by, so that a
/// file of any size needs the memory of one element.
class JsonRows final : public Rows {
public:
    JsonRows(std::unique_ptr<Source> source, Limits const& limits)
        : source_(std::move(source)), bytes_max_(limits.record_bytes_max) {}

    std::optional<Entry> next() override {
        if (!open_array()) return std::nullopt;
        if (!find_element()) return std::nullopt;
        auto const line = line_;
        bool const whole = take_element();
        if (element_.size() > bytes_max_) return failed(line, Trouble::record_too_long);
        if (!whole) throw UnusableFile(fmt::format("line {}: the array does not end", line));
        boost::system::error_code error;
        auto const value = bj::parse(element_, error);
        if (error) return failed(line, Trouble::not_json);
        if (!value.is_object()) return failed(line, Trouble::not_an_object);
        return read_object(value.get_object(), line);
    }

private:
    static Entry failed(std::size_t line, Trouble trouble) {
        return {line, std::unexpected(Problem{line, trouble, {}})};
    }

    bool more() {
        if (block_.empty()) block_ = source_->next();
        return !block_.empty();
    }
    char take() {
        char const c = block_.front();
        block_.remove_prefix(1);
        if (c == '\n') ++line_;
        return c;
    }
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

    /// The next byte that is no white space, not taken; 0 at the end.
    char peek() {
        while (more()) {
            if (!is_space(block_.front())) return block_.front();
            take();
        }
        return '\0';
    }

    bool open_array() {
        if (state_ == State::ended) return false;
        if (state_ == State::begun) return true;
        if (more() && block_.starts_with("\xEF\xBB\xBF")) block_.remove_prefix(3);
        if (peek() != '[') throw UnusableFile("the file is not an array of objects");
        take();
        state_ = State::begun;
        return true;
    }

    /// Steps over a comma to the next element; false at the array's end.
    bool find_element() {
        char c = peek();
        if (c == ']' || (c == ',' && first_) || (c != ',' && !first_) || c == '\0') {
            if (c != ']')
                throw UnusableFile(fmt::format("line {}: the array is not well-formed", line_));
            take();
            if (peek() != '\0')
                throw UnusableFile(fmt::format("line {}: text after the end of the array", line_));
            state_ = State::ended;
            return false;
        }
        if (!first_) {
            take();
            c = peek();
            if (c == ']' || c == ',' || c == '\0')
                throw UnusableFile(fmt::format("line {}: the array is not well-formed", line_));
        }
        first_ = false;
        return true;
    }

    /// Takes the bytes up to the comma or bracket that ends the element; false where the file ends
    /// before.
    bool take_element() {
        element_.clear();
        std::size_t depth = 0;
        bool in_text = false;
        bool escaped = false;
        while (more()) {
            char const c = block_.front();
            if (in_text) {
                in_text = escaped || c != '"';
                escaped = !escaped && c == '\\';
            } else if (c == '"') {
                in_text = true;
            } else if (c == '{' || c == '[') {
                ++depth;
            } else if (depth == 0 && (c == ',' || c == ']')) {
                return true;
            } else if (c == '}' || c == ']') {
                if (depth > 0) --depth;
            }
            take();
            if (element_.size() <= bytes_max_) element_ += c;
        }
        return false;
    }

    enum class State { fresh, begun, ended };

    std::unique_ptr<Source> source_;
    std::size_t bytes_max_;
    std::string_view block_;
    std::string element_;
    std::size_t line_ = 1;
    bool first_ = true;
    State state_ = State::fresh;
};

}  // namespace

std::unique_ptr<Rows> read_json(std::unique_ptr<Source> source, Limits const& limits) {
    return std::make_unique<JsonRows>(std::move(source), limits);
}

}  // namespace cartwright::catalog_io
