// What CSV says, whatever the bytes: written again and read again, it says the same. And no file of
// any kind, however broken, does more than be refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "features/catalog_io/csv.hpp"
#include "features/catalog_io/rows.hpp"

namespace {

using namespace cartwright::catalog_io;  // tidy-ok: a test of this one folder

constexpr std::size_t record_bytes_max = 1000;

std::vector<std::vector<std::string>> records_of(std::string_view text, std::size_t block) {
    TextSource source(text, block);
    CsvReader reader(source, record_bytes_max);
    std::vector<std::vector<std::string>> records;
    CsvRecord record;
    while (reader.next(record)) {
        if (record.trouble == CsvTrouble::none)
            records.emplace_back(record.fields.begin(), record.fields.end());
    }
    return records;
}

std::string written(std::vector<std::vector<std::string>> const& records) {
    std::string text;
    for (auto const& record : records) {
        if (record.size() == 1 && record.front().empty()) text += "\"\"";
        for (std::size_t at = 0; at < record.size(); ++at) {
            if (at > 0) text += ',';
            append_csv_field(text, record[at]);
        }
        text += "\r\n";
    }
    return text;
}

void read_as_products(std::string_view text) {
    try {
        auto const rows = read_rows([&] { return std::make_unique<TextSource>(text, 7); },
                                    {.record_bytes_max = record_bytes_max});
        while (rows->next()) continue;
    } catch (UnusableFile const&) {
        return;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    std::string_view const text(reinterpret_cast<char const*>(data), size);
    auto const records = records_of(text, 65536);
    if (records_of(text, 3) != records) std::abort();
    if (records_of(written(records), 65536) != records) std::abort();
    read_as_products(text);
    return 0;
}
