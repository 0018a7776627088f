#include "features/catalog_io/import_products.hpp"

#include <gtest/gtest.h>
#include <zlib.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "features/catalog_io/export_products.hpp"
#include "platform/db/test_database.hpp"

namespace cartwright::catalog_io {
namespace {

constexpr std::string_view header =
    "public_id,name,description,category,price,stock_quantity,image_url,is_active\n";

/// A catalogue on a database of its own.
struct Shop {
    explicit Shop(db::Engine engine) : database(engine) {}

    ImportReport import(std::string_view text, bool keep_going = false) {
        return import_products(
            *database, catalog, [=] { return std::make_unique<TextSource>(text); },
            {.store = store, .keep_going = keep_going, .rows_per_call = 2, .rows_per_commit = 3},
            {.problem = [&](Problem const& p) {
                problems.push_back(p);
            }});
    }
    std::string text(Format format = Format::csv) {
        std::string out;
        export_products(
            *database, catalog, store, format, [&](std::string_view piece) { out += piece; },
            [](Progress const&) {});
        return out;
    }
    std::int64_t count(std::string_view sql) {
        return database->read([&](db::Read& read) {
            return read
                .first(db::Query{"test.count", sql},
                       [](db::Row const& row) { return row.integer(0); })
                .value_or(-1);
        });
    }

    db::TestDatabase database;
    SystemClock clock;
    catalog::Catalog catalog{*database, clock};
    StoreId store{1};
    std::vector<Problem> problems;
};

class ImportProducts : public testing::TestWithParam<db::Engine> {
protected:
    Shop shop_{GetParam()};
};

std::string const five =
    std::string(header) +
    "a,Mug,\"Holds, much\nof it\",Kitchen,9.50,12,https://example.com/m.jpg,true\n"
    "b,Cup,,Kitchen,0.00,0,products/x.jpg,true\n"
    "c,\"Say \"\"hi\"\"\",Ünïcode,Garden,99999999.99,2147483647,,false\n"
    "d,Mug,same name,Garden,1.00,1,,true\n"
    "e,Lamp,,Light,20.00,3,,true\n";

TEST_P(ImportProducts, ComesBackAsItWasInBothForms) {
    auto const report = shop_.import(five);
    EXPECT_TRUE(report.written);
    EXPECT_EQ(report.created, 5);
    EXPECT_EQ(shop_.text(), five);

    auto const json = shop_.text(Format::json);
    Shop other(GetParam());
    EXPECT_EQ(other.import(json).created, 5);
    EXPECT_EQ(other.text(Format::json), json);
    EXPECT_EQ(other.text(), five);
}

TEST_P(ImportProducts, ASecondRunChangesNothing) {
    shop_.import(five);
    auto const ledger = shop_.count("SELECT COUNT(*) FROM stock_ledger");
    auto const again = shop_.import(five);
    EXPECT_EQ(again.unchanged, 5);
    EXPECT_EQ(again.created + again.updated + again.failed, 0);
    EXPECT_EQ(shop_.count("SELECT COUNT(*) FROM stock_ledger"), ledger);
}

TEST_P(ImportProducts, SetsTheStockByALedgerRow) {
    shop_.import(five);
    auto const report = shop_.import(std::string(header) + "a,Mug,,Kitchen,9.50,7,,true\n");
    EXPECT_EQ(report.updated, 1);
    EXPECT_EQ(shop_.count("SELECT delta FROM stock_ledger WHERE reason = 'import'"), -5);
    EXPECT_EQ(shop_.count("SELECT COUNT(*) FROM products WHERE deleted_at IS NULL"), 5);
}

TEST_P(ImportProducts, OneBadRecordStopsAll) {
    auto const report = shop_.import(five + "f,,,K,1,1,,\nb,Again,,K,1,1,,\n");
    EXPECT_FALSE(report.written);
    EXPECT_EQ(report.failed, 2);
    ASSERT_EQ(shop_.problems.size(), 2U);
    EXPECT_EQ(shop_.problems[0].line, 8U);
    EXPECT_EQ(shop_.problems[0].trouble, Trouble::missing);
    EXPECT_EQ(shop_.problems[1].line, 9U);
    EXPECT_EQ(shop_.problems[1].trouble, Trouble::same_id);
    EXPECT_EQ(shop_.count("SELECT COUNT(*) FROM products"), 0);
    EXPECT_EQ(shop_.count("SELECT COUNT(*) FROM categories"), 0);
}

TEST_P(ImportProducts, KeepsGoingWhereItIsTold) {
    auto const report =
        shop_.import(five + "f,,,K,1,1,,\nb,Again,,K,1,1,,\ng,Good,,K,1,1,,\n", true);
    EXPECT_TRUE(report.written);
    EXPECT_EQ(report.created, 6);
    EXPECT_EQ(report.failed, 2);
    EXPECT_EQ(shop_.text(), five + "g,Good,,K,1.00,1,,true\n");
}

TEST_P(ImportProducts, AFileThatBreaksOffWhileItIsWrittenChangesNothing) {
    int opened = 0;
    auto const open = [&] {
        // Three openings to judge it (a look, the header, the records); then it is another file.
        auto const text = ++opened <= 2 ? std::string_view(five) : std::string_view("[{}");
        return std::make_unique<TextSource>(text);
    };
    EXPECT_THROW(import_products(*shop_.database, shop_.catalog, open, {.store = shop_.store}, {}),
                 UnusableFile);
    EXPECT_EQ(shop_.count("SELECT COUNT(*) FROM products"), 0);
}

TEST_P(ImportProducts, AnEmptyCatalogueIsExportedToo) {
    EXPECT_EQ(shop_.text(), header);
    EXPECT_EQ(shop_.text(Format::json), "[\n]\n");
    EXPECT_EQ(shop_.import("[\n]\n").created, 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, ImportProducts, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

/// A file that is gone with the test.
class TestFile {
public:
    TestFile() : path_(std::filesystem::temp_directory_path() / ("cartwright_" + random_hex(8))) {}
    ~TestFile() { std::filesystem::remove(path_); }
    void write(std::string_view bytes) { std::ofstream(path_, std::ios::binary) << bytes; }
    std::string path() const { return path_; }

private:
    std::filesystem::path path_;
};

std::string packed(std::string const& text) {
    TestFile file;
    auto* const out = gzopen(file.path().c_str(), "wb");
    gzwrite(out, text.data(), static_cast<unsigned>(text.size()));
    gzclose(out);
    std::ifstream in(file.path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string all_of(Source& source) {
    std::string text;
    for (auto block = source.next(); !block.empty(); block = source.next()) text += block;
    return text;
}

TEST(Sources, ReadPlainAndPackedFiles) {
    TestFile file;
    file.write(five);
    EXPECT_EQ(all_of(*open_file(file.path(), 10'000)), five);
    file.write(packed(five));
    EXPECT_EQ(all_of(*open_file(file.path(), 10'000)), five);
    EXPECT_EQ(all_of(*unpack(packed(five))), five);
}

TEST(Sources, RefuseWhatIsMissingDamagedOrTooLarge) {
    EXPECT_THROW(open_file("/nowhere/at/all.csv", 10), UnusableFile);
    EXPECT_THROW(open_file("/", 10), UnusableFile);
    TestFile file;
    auto bytes = packed(std::string(100'000, 'x'));
    file.write(bytes);
    EXPECT_THROW(all_of(*open_file(file.path(), 99'999)), UnusableFile);
    EXPECT_NO_THROW(all_of(*open_file(file.path(), 100'000)));
    file.write(bytes.substr(0, bytes.size() / 2));
    EXPECT_THROW(all_of(*open_file(file.path(), 1'000'000)), UnusableFile);
    EXPECT_THROW(all_of(*unpack(bytes.substr(0, bytes.size() / 2))), UnusableFile);
}

}  // namespace
}  // namespace cartwright::catalog_io
