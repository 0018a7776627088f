#include "surfaces/shop/product_query.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>

#include "base/text.hpp"
#include "platform/json/writer.hpp"

namespace cartwright::shop {
namespace {

constexpr std::size_t orderings_max = 3;
/// More digits than a price can have, and few enough for 64 bits.
constexpr std::size_t digits_max = 15;

constexpr std::array<std::pair<std::string_view, catalog::ProductOrder>, 12> order_fields{{
    {"id", catalog::ProductOrder::id},
    {"name", catalog::ProductOrder::name},
    {"slug", catalog::ProductOrder::slug},
    {"description", catalog::ProductOrder::description},
    {"category", catalog::ProductOrder::category},
    {"category_id", catalog::ProductOrder::category},
    {"price", catalog::ProductOrder::price},
    {"stock_quantity", catalog::ProductOrder::stock},
    {"image", catalog::ProductOrder::image},
    {"created_at", catalog::ProductOrder::created_at},
    {"updated_at", catalog::ProductOrder::updated_at},
    {"public_id", catalog::ProductOrder::public_id},
}};

/// The parameter without white space around it; nothing where there is none left.
std::optional<std::string_view> given(http::QueryParams const& query, std::string_view name) {
    auto const sent = query.get(name);
    if (!sent) return std::nullopt;
    auto const trimmed = text::trim(*sent);
    return trimmed.empty() ? std::nullopt : std::optional(trimmed);
}

/// "12", "-0.5", "999.99" in minor units.
std::optional<std::int64_t> parse_decimal(std::string_view text) {
    bool const negative = text.starts_with('-');
    if (negative) text.remove_prefix(1);
    auto const point = text.find('.');
    std::string digits(text.substr(0, point));
    std::string cents(point == std::string_view::npos ? "" : text.substr(point + 1));
    if (digits.size() + cents.size() == 0 || digits.size() > digits_max || cents.size() > 2)
        return std::nullopt;
    cents.resize(2, '0');
    digits += cents;
    if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    auto const minor = text::to_int(digits);
    return negative && minor ? std::optional(-*minor) : minor;
}

/// Collects what cannot be understood.
class Reader {
public:
    explicit Reader(http::QueryParams const& query) : query_(query) {}

    std::optional<Money> price(std::string_view name) {
        auto const sent = given(query_, name);
        if (!sent) return std::nullopt;
        auto const minor = parse_decimal(*sent);
        if (!minor) problem(name, "Enter a number.");
        return minor ? std::optional(Money{*minor}) : std::nullopt;
    }

    std::optional<bool> flag(std::string_view name) {
        auto const sent = given(query_, name);
        if (!sent) return std::nullopt;
        auto const word = text::to_lower_ascii(*sent);
        if (word == "true" || word == "1") return true;
        if (word == "false" || word == "0") return false;
        problem(name, "Must be a valid boolean.");
        return std::nullopt;
    }

    std::vector<catalog::ProductOrdering> ordering(std::string_view name) {
        std::vector<catalog::ProductOrdering> read;
        auto const sent = given(query_, name);
        if (!sent) return read;
        for (std::size_t at = 0; at <= sent->size();) {
            auto const end = std::min(sent->find(',', at), sent->size());
            auto field = text::trim(sent->substr(at, end - at));
            at = end + 1;
            bool const descending = field.starts_with('-');
            if (descending) field.remove_prefix(1);
            auto const* const known = std::ranges::find(
                order_fields, field, &std::pair<std::string_view, catalog::ProductOrder>::first);
            if (known == order_fields.end() || read.size() == orderings_max) {
                problem(name, known == order_fields.end() ? "Products cannot be ordered by this."
                                                          : "Too many fields to order by.");
                break;
            }
            read.push_back({known->second, descending});
        }
        return read;
    }

    void problem(std::string_view name, std::string_view message) {
        problems_.emplace_back(name, message);
    }
    bool fine() const { return problems_.empty(); }
    http::Response bad_request() const {
        http::Response response{.status = 400};
        json::Writer w(response.body);
        w.begin_object();
        for (auto const& [name, message] : problems_)
            w.key(name).begin_array().value(message).end_array();
        w.end_object();
        return response;
    }

private:
    http::QueryParams const& query_;
    std::vector<std::pair<std::string_view, std::string_view>> problems_;
};

}  // namespace

std::expected<ProductQuery, http::Response> read_product_query(http::QueryParams const& query,
                                                               catalog::Catalog& catalog,
                                                               StoreId store) {
    Reader reader(query);
    ProductQuery read;
    if (!query.valid()) reader.problem("search", "Null characters are not allowed.");
    if (auto const sent = given(query, "category")) {
        auto const id = text::to_int(*sent);
        if (id && catalog.category(store, CategoryId{*id})) {
            read.filter.category = CategoryId{*id};
        } else {
            reader.problem("category",
                           "Select a valid choice. That choice is not one of the available "
                           "choices.");
        }
    }
    read.filter.search = query.get("search").value_or("");
    read.filter.price_min = reader.price("min_price");
    read.filter.price_max = reader.price("max_price");
    read.filter.in_stock = reader.flag("in_stock");
    read.ordering = reader.ordering("ordering");
    if (!reader.fine()) return std::unexpected(reader.bad_request());
    return read;
}

http::Lane lane_of_list(http::QueryParams const& query) {
    auto const ordering = given(query, "ordering");
    bool const in_memory =
        !given(query, "search") && (!ordering || *ordering == "id" || *ordering == "-id");
    return in_memory ? http::Lane::read : http::Lane::scan;
}

}  // namespace cartwright::shop
