#include <fmt/core.h>

#include "base/text.hpp"
#include "features/catalog_io/impl/fields.hpp"
#include "features/catalog_io/impl/readers.hpp"

namespace cartwright::catalog_io {
namespace {

/// Our own CSV.
class CsvRows final : public Rows {
public:
    explicit CsvRows(CsvFile file) : file_(std::move(file)) {
        auto const find = [&](std::string_view name, bool needed) {
            auto const found = column(file_.header, name);
            if (found == absent && needed)
                throw UnusableFile(fmt::format("the header has no column {}", name));
            return found;
        };
        public_id_ = find("public_id", true);
        name_ = find("name", true);
        category_ = find("category", true);
        price_ = find("price", true);
        stock_ = find("stock_quantity", true);
        description_ = find("description", false);
        image_ = find("image_url", false);
        active_ = find("is_active", false);
    }

    std::optional<Entry> next() override {
        if (!file_.reader->next(record_)) return std::nullopt;
        if (auto problem = form_problem(record_, file_.header.size()))
            return Entry{record_.line, std::unexpected(*std::move(problem))};
        FieldJudge judge(record_.line);
        ImportedProduct row{
            .public_id = judge.text("public_id", at(public_id_), public_id_length_max),
            .name = judge.text("name", at(name_), name_length_max),
            .description =
                judge.text("description", at(description_), description_length_max, true),
            .category = judge.text("category", at(category_), category_length_max),
            .price = judge.price("price", at(price_)),
            .stock = judge.stock("stock_quantity", at(stock_)),
            .image = judge.image("image_url", at(image_)),
            .active = judge.flag("is_active", at(active_))};
        if (!judge.well()) return Entry{record_.line, std::unexpected(judge.problem())};
        return Entry{record_.line, std::move(row)};
    }

private:
    std::string_view at(std::size_t column) const {
        return column == absent ? std::string_view{} : record_.fields[column];
    }

    CsvFile file_;
    CsvRecord record_;
    std::size_t public_id_, name_, category_, price_, stock_, description_, image_, active_;
};

}  // namespace

std::size_t column(std::vector<std::string> const& header, std::string_view name) {
    for (std::size_t at = 0; at < header.size(); ++at) {
        if (header[at] == name) return at;
    }
    return absent;
}

CsvFile open_csv(Open const& open, Limits const& limits) {
    CsvFile file{.source = open(), .reader = nullptr, .header = {}};
    file.reader = std::make_unique<CsvReader>(*file.source, limits.record_bytes_max);
    CsvRecord record;
    if (!file.reader->next(record)) throw UnusableFile("the file is empty");
    if (record.trouble != CsvTrouble::none)
        throw UnusableFile("the file is neither JSON nor CSV with a header");
    bool const one = record.fields.size() == 1;
    if (one && record.fields.front().contains(';'))
        throw UnusableFile("its fields are separated by semicolons, and not by commas");
    for (auto const name : record.fields) file.header.emplace_back(text::trim(name));
    return file;
}

std::optional<Problem> form_problem(CsvRecord const& record, std::size_t column_count) {
    switch (record.trouble) {
        case CsvTrouble::text_after_quote:
            return Problem{record.line, Trouble::text_after_quote, {}};
        case CsvTrouble::unclosed_quote: return Problem{record.line, Trouble::unclosed_quote, {}};
        case CsvTrouble::too_long: return Problem{record.line, Trouble::record_too_long, {}};
        case CsvTrouble::none: break;
    }
    if (record.fields.size() != column_count) return Problem{record.line, Trouble::field_count, {}};
    return std::nullopt;
}

std::unique_ptr<Rows> read_csv(CsvFile file) {
    return std::make_unique<CsvRows>(std::move(file));
}

}  // namespace cartwright::catalog_io
