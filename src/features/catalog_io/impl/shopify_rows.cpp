#include <fmt/core.h>
#include <xxhash.h>

#include <array>

#include "base/text.hpp"
#include "features/catalog_io/impl/fields.hpp"
#include "features/catalog_io/impl/readers.hpp"

namespace cartwright::catalog_io {
namespace {

/// The columns of Shopify's product CSV that matter here, by what they are called there.
struct Columns {
    explicit Columns(std::vector<std::string> const& header)
        : handle(column(header, "Handle")),
          title(column(header, "Title")),
          body(column(header, "Body (HTML)")),
          type(column(header, "Type")),
          tags(column(header, "Tags")),
          published(column(header, "Published")),
          status(column(header, "Status")),
          options{column(header, "Option1 Value"), column(header, "Option2 Value"),
                  column(header, "Option3 Value")},
          sku(column(header, "Variant SKU")),
          stock(column(header, "Variant Inventory Qty")),
          price(column(header, "Variant Price")),
          image(column(header, "Image Src")),
          variant_image(column(header, "Variant Image")) {
        if (price == absent) throw UnusableFile("the header has no column Variant Price");
    }
    std::size_t handle, title, body, type, tags, published, status;
    std::array<std::size_t, 3> options;
    std::size_t sku, stock, price, image, variant_image;
};

/// What a product's first row says for all of its variants.
struct Head {
    std::string handle;
    std::string title;
    std::string description;
    std::string category;
    std::string image;
    bool active = true;
};

/// The stock keeping units that stand for one variant alone.
class Skus {
public:
    void add(std::string_view sku) {
        if (!sku.empty() && !once_.emplace(sku).second) again_.emplace(sku);
    }
    bool unique(std::string_view sku) const {
        return !sku.empty() && !again_.contains(std::string(sku));
    }
    void forget_the_rest() { once_ = {}; }

private:
    std::unordered_set<std::string> once_;
    std::unordered_set<std::string> again_;
};

/// An id that is not too long: one that is ends in a hash of the whole, the same one every time.
std::string shortened(std::string id) {
    if (text::length(id) <= public_id_length_max) return id;
    auto const hash = fmt::format("-{:016x}", XXH3_64bits(id.data(), id.size()));
    // Shopify's handles are ASCII but for some languages: nothing is cut through a character.
    auto at = public_id_length_max - hash.size();
    while (at > 0 && (static_cast<unsigned char>(id[at]) & 0xC0U) == 0x80U) --at;
    return id.substr(0, at) + hash;
}

class ShopifyRows final : public Rows {
public:
    ShopifyRows(CsvFile file, Skus skus)
        : file_(std::move(file)), columns_(file_.header), skus_(std::move(skus)) {}

    std::optional<Entry> next() override {
        while (file_.reader->next(record_)) {
            if (auto problem = form_problem(record_, file_.header.size()))
                return Entry{record_.line, std::unexpected(*std::move(problem))};
            FieldJudge judge(record_.line);
            auto const handle = judge.text("Handle", at(columns_.handle), handle_length_max);
            if (judge.well() && (handle != head_.handle || !text::trim(at(columns_.title)).empty()))
                read_head(judge, handle);
            bool const variant = !text::trim(at(columns_.price)).empty() || !options().empty();
            if (judge.well() && !variant && text::trim(at(columns_.title)).empty()) continue;
            auto row = read_variant(judge);
            if (!judge.well()) return Entry{record_.line, std::unexpected(judge.problem())};
            return Entry{record_.line, std::move(row)};
        }
        return std::nullopt;
    }

private:
    std::string_view at(std::size_t column) const {
        return column == absent ? std::string_view{} : record_.fields[column];
    }

    void read_head(FieldJudge& judge, std::string_view handle) {
        head_ = {.handle = std::string(handle)};
        head_.title = judge.text("Title", at(columns_.title), name_length_max);
        auto const body =
            judge.text("Body (HTML)", at(columns_.body), description_length_max, true);
        head_.description = text_of_html(body);
        head_.category = judge.text("Type", at(columns_.type), category_length_max, true);
        auto const tags = judge.text("Tags", at(columns_.tags), description_length_max, true);
        if (head_.category.empty()) head_.category = text::trim(tags.substr(0, tags.find(',')));
        if (head_.category.empty()) head_.category = "Uncategorized";
        if (text::length(head_.category) > category_length_max)
            judge.fail(Trouble::too_long, "Tags");
        head_.image = text::trim(at(columns_.image));
        auto const published = text::to_lower_ascii(text::trim(at(columns_.published)));
        auto const status = text::to_lower_ascii(text::trim(at(columns_.status)));
        head_.active = published != "false" && (status.empty() || status == "active");
    }

    /// The values of the variant's options: "Large / Blue". "Default Title" is Shopify's word for
    /// none.
    std::string options() const {
        std::string joined;
        for (auto const option : columns_.options) {
            auto const value = text::is_utf8(at(option)) ? text::trim(at(option)) : "";
            if (value.empty() || value == "Default Title") continue;
            joined += joined.empty() ? "" : " / ";
            joined += value;
        }
        return joined;
    }

    std::string public_id(std::string const& variant) const {
        auto const sku = text::trim(at(columns_.sku));
        if (skus_.unique(sku)) return std::string(sku);
        return shortened(variant.empty() ? head_.handle
                                         : head_.handle + "-" + text::slugify(variant));
    }

    std::int64_t stock(FieldJudge& judge) const {
        auto const given = text::trim(at(columns_.stock));
        if (given.empty()) return 0;  // not tracked there
        auto const number = text::to_int(given);
        if (number && *number < 0) return 0;  // sold beyond the stock there: none is left
        return judge.stock("Variant Inventory Qty", given);
    }

    ImportedProduct read_variant(FieldJudge& judge) const {
        for (auto const option : columns_.options)
            judge.text("Option Value", at(option), name_length_max, true);
        judge.text("Variant SKU", at(columns_.sku), public_id_length_max, true);
        auto const variant = options();
        auto const name = variant.empty() ? head_.title : head_.title + " - " + variant;
        auto image = judge.image("Variant Image", at(columns_.variant_image));
        if (!image) image = judge.image("Image Src", at(columns_.image));
        if (!image) image = judge.image("Image Src", head_.image);
        return {.public_id = judge.text("Handle", public_id(variant), public_id_length_max),
                .name = judge.text("Title", name, name_length_max),
                .description = head_.description,
                .category = head_.category,
                .price = judge.price("Variant Price", at(columns_.price)),
                .stock = stock(judge),
                .image = std::move(image),
                .active = head_.active};
    }

    CsvFile file_;
    CsvRecord record_;
    Columns columns_;
    Skus skus_;
    Head head_;
};

}  // namespace

std::unique_ptr<Rows> read_shopify(Open const& open, Limits const& limits, CsvFile file) {
    Skus skus;
    if (auto const sku = column(file.header, "Variant SKU"); sku != absent) {
        auto look = open_csv(open, limits);
        CsvRecord record;
        while (look.reader->next(record)) {
            if (record.trouble == CsvTrouble::none && record.fields.size() == look.header.size())
                skus.add(text::trim(record.fields[sku]));
        }
        skus.forget_the_rest();
    }
    return std::make_unique<ShopifyRows>(std::move(file), std::move(skus));
}

}  // namespace cartwright::catalog_io
