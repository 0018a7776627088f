#include "features/catalog_io/rows.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "features/catalog_io/impl/readers.hpp"

namespace cartwright::catalog_io {
namespace {

std::vector<Entry> read(std::string_view text, Limits const& limits = {},
                        std::size_t block = 65536) {
    auto const rows = read_rows([&] { return std::make_unique<TextSource>(text, block); }, limits);
    std::vector<Entry> entries;
    while (auto entry = rows->next()) entries.push_back(*std::move(entry));
    return entries;
}

constexpr std::string_view header =
    "public_id,name,description,category,price,stock_quantity,image_url\n";

Entry read_one(std::string const& record) {
    auto entries = read(std::string(header) + record);
    EXPECT_EQ(entries.size(), 1U);
    return entries.at(0);
}

void expect_problem(Entry const& entry, Trouble trouble, std::string_view field) {
    ASSERT_FALSE(entry.row.has_value());
    EXPECT_EQ(entry.row.error().trouble, trouble);
    EXPECT_EQ(entry.row.error().field, field);
    EXPECT_EQ(entry.row.error().line, entry.line);
}

TEST(CsvRows, ReadsAProduct) {
    auto const entry =
        read_one("p1, Mug ,\"Holds\nmuch\",Kitchen,9.5,12,https://example.com/m.jpg\n");
    ASSERT_TRUE(entry.row.has_value());
    EXPECT_EQ(*entry.row, (ImportedProduct{"p1", "Mug", "Holds\nmuch", "Kitchen", Money{950}, 12,
                                           "https://example.com/m.jpg", true}));
    EXPECT_EQ(entry.line, 2U);
}

TEST(CsvRows, TakesColumnsInAnyOrderAndKnowsTheFlag) {
    auto const entries = read(
        "colour,price,stock_quantity,category,name,public_id,is_active\nred,0,0,C,N,p,false\n");
    ASSERT_TRUE(entries.at(0).row.has_value());
    EXPECT_EQ(entries[0].row->active, false);
    EXPECT_EQ(entries[0].row->image, std::nullopt);
}

TEST(CsvRows, SaysWhatIsWrongAndWhere) {
    expect_problem(read_one(",Mug,,K,1,1,\n"), Trouble::missing, "public_id");
    expect_problem(read_one("p,  ,,K,1,1,\n"), Trouble::missing, "name");
    expect_problem(read_one("p,N,,,1,1,\n"), Trouble::missing, "category");
    expect_problem(read_one("p,N,,K,1.005,1,\n"), Trouble::not_a_price, "price");
    expect_problem(read_one("p,N,,K,-1,1,\n"), Trouble::not_a_price, "price");
    expect_problem(read_one("p,N,,K,.,1,\n"), Trouble::not_a_price, "price");
    expect_problem(read_one("p,N,,K,100000000,1,\n"), Trouble::not_a_price, "price");
    expect_problem(read_one("p,N,,K,1,1.5,\n"), Trouble::not_a_stock, "stock_quantity");
    expect_problem(read_one("p,N,,K,1,-1,\n"), Trouble::not_a_stock, "stock_quantity");
    expect_problem(read_one("p,N,,K,1,2147483648,\n"), Trouble::not_a_stock, "stock_quantity");
    expect_problem(read_one("p,N,,K,1,1,javascript:alert(1)\n"), Trouble::not_an_image,
                   "image_url");
    expect_problem(read_one("p,N,,K,1,1,../secret\n"), Trouble::not_an_image, "image_url");
    expect_problem(read_one("p,\xFF,,K,1,1,\n"), Trouble::not_text, "name");
    expect_problem(read_one("p," + std::string(256, 'n') + ",,K,1,1,\n"), Trouble::too_long,
                   "name");
    expect_problem(read_one("p,N,,K,1\n"), Trouble::field_count, "");
    expect_problem(read_one("\"p\"x,N,,K,1,1,\n"), Trouble::text_after_quote, "");
}

TEST(CsvRows, RefusesAFileItCannotUse) {
    EXPECT_THROW(read(""), UnusableFile);
    try {
        read("public_id;name\np;N\n");
        ADD_FAILURE() << "was read";
    } catch (UnusableFile const& refused) {
        EXPECT_STREQ(refused.what(), "its fields are separated by semicolons, and not by commas");
    }
    EXPECT_THROW(read(std::string(header) + "a,N,,K,1,1,\nb,N,,K,1,1,\n", {.rows_max = 1}),
                 UnusableFile);
}

TEST(JsonRows, ReadsTheSameFields) {
    std::string_view const text = R"([
  {"public_id": "p1", "name": "Mug \"big\" ] }", "category": "Kitchen", "price": "9.50",
   "stock_quantity": 3, "image_url": null, "more": [1, {"x": "]"}]},
  {"public_id": "p2", "name": "Cup", "category": "Kitchen", "price": 1250.5, "stock_quantity": "0",
   "is_active": false}
])";
    for (std::size_t const block : {65536U, 1U}) {
        auto const entries = read(text, {}, block);
        ASSERT_EQ(entries.size(), 2U);
        EXPECT_EQ(entries[0].line, 2U);
        ASSERT_TRUE(entries[0].row.has_value());
        EXPECT_EQ(entries[0].row->name, "Mug \"big\" ] }");
        EXPECT_EQ(entries[0].row->price, Money{950});
        EXPECT_EQ(entries[1].line, 4U);
        ASSERT_TRUE(entries[1].row.has_value());
        EXPECT_EQ(entries[1].row->price, Money{125050});
        EXPECT_EQ(entries[1].row->active, false);
    }
}

TEST(JsonRows, SaysWhatIsWrongAndWhere) {
    auto const entries = read("[{\"public_id\": [1]},\n7,\n{\"a\" 1},\n{}]");
    ASSERT_EQ(entries.size(), 4U);
    expect_problem(entries[0], Trouble::not_text, "public_id");
    expect_problem(entries[1], Trouble::not_an_object, "");
    expect_problem(entries[2], Trouble::not_json, "");
    expect_problem(entries[3], Trouble::missing, "public_id");
    EXPECT_EQ(entries[3].line, 4U);
    EXPECT_TRUE(read(" [ ] ").empty());
    expect_problem(read("[\"" + std::string(300, 'x') + "\"]", {.record_bytes_max = 100}).at(0),
                   Trouble::record_too_long, "");
}

TEST(JsonRows, RefusesAFileItCannotUse) {
    for (auto const* const text : {"[", "[{}", "[{},]", "[,{}]", "[{}] x", "{}", "[{} {}]x"})
        EXPECT_THROW(read(text), UnusableFile) << text;
}

constexpr std::string_view shopify_header =
    "Handle,Title,Body (HTML),Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
    "Option2 Value,Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Variant Image\n";

TEST(ShopifyRows, MakesOneProductAVariant) {
    auto const entries =
        read(std::string(shopify_header) +
             "pot,Pot,<p>A <b>clay</b> "
             "pot</p>,Garden,,true,Size,Small,Colour,Red,,3,9.99,http://x.example/1.jpg,\n"
             "pot,,,,,,,Large,,Red,,-2,15,http://x.example/2.jpg,http://x.example/v.jpg\n"
             "pot,,,,,,,,,,,,,http://x.example/3.jpg,\n"
             "lamp,Lamp,,,\"light, room\",false,Title,Default Title,,,L-1,,20,,\n"
             "rug,Rug,,,,true,Title,Default Title,,,SAME,1,20,,\n"
             "mat,Mat,,,,true,Title,Default Title,,,SAME,1,20,,\n");
    ASSERT_EQ(entries.size(), 5U);
    for (auto const& entry : entries) ASSERT_TRUE(entry.row.has_value()) << entry.line;
    EXPECT_EQ(*entries[0].row,
              (ImportedProduct{"pot-small-red", "Pot - Small / Red", "A clay pot", "Garden",
                               Money{999}, 3, "http://x.example/1.jpg", true}));
    EXPECT_EQ(*entries[1].row,
              (ImportedProduct{"pot-large-red", "Pot - Large / Red", "A clay pot", "Garden",
                               Money{1500}, 0, "http://x.example/v.jpg", true}));
    EXPECT_EQ(*entries[2].row,
              (ImportedProduct{"L-1", "Lamp", "", "light", Money{2000}, 0, std::nullopt, false}));
    EXPECT_EQ(entries[2].line, 5U);
    EXPECT_EQ(entries[3].row->public_id, "rug");
    EXPECT_EQ(entries[3].row->category, "Uncategorized");
    EXPECT_EQ(entries[4].row->public_id, "mat");
}

TEST(ShopifyRows, ShortensAnIdThatIsTooLong) {
    auto const handle = std::string(90, 'h');
    auto const text = std::string(shopify_header) + handle + ",Pot,,,,,Size,Small,,,,1,2,,\n" +
                      handle + ",,,,,,,Large,,,,1,2,,\n";
    auto const entries = read(text);
    ASSERT_EQ(entries.size(), 2U);
    ASSERT_TRUE(entries[0].row.has_value() && entries[1].row.has_value());
    EXPECT_EQ(entries[0].row->public_id.size(), 64U);
    EXPECT_NE(entries[0].row->public_id, entries[1].row->public_id);
    EXPECT_EQ(entries[0].row->public_id, read(text)[0].row->public_id);
}

TEST(ShopifyRows, SaysWhatIsWrongAndWhere) {
    auto const entries = read(std::string(shopify_header) +
                              "pot,,,,,,,Small,,,,3,9.99,,\n"
                              "cup,Cup,,,,,,,,,,3,free,,\n");
    ASSERT_EQ(entries.size(), 2U);
    expect_problem(entries[0], Trouble::missing, "Title");
    expect_problem(entries[1], Trouble::not_a_price, "Variant Price");
    EXPECT_THROW(read("Handle,Title\na,b\n"), UnusableFile);
}

TEST(TextOfHtml, KeepsTheWordsAndTheLines) {
    EXPECT_EQ(text_of_html(
                  "<p>Hand&nbsp;made &amp; <em>fair</em>.</p>\n<ul><li>One</li><li>Two</li></ul>"),
              "Hand made & fair.\nOne\nTwo");
    EXPECT_EQ(text_of_html("3 < 4 &unknown; &#233;&#x2019; a<br/>b<!-- no -->c"),
              "3 < 4 &unknown; é’ a\nbc");
    EXPECT_EQ(text_of_html("<style>p{}</style>a<SCRIPT>x</p></Script>b"), "ab");
    EXPECT_EQ(text_of_html("&#0;&#xD800;<unclosed"), "&#0;&#xD800;<unclosed");
}

}  // namespace
}  // namespace cartwright::catalog_io
