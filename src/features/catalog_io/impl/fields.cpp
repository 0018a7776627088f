#include "features/catalog_io/impl/fields.hpp"

#include "base/text.hpp"

namespace cartwright::catalog_io {
namespace {

constexpr std::int64_t price_minor_max = 9'999'999'999;  // contract §2: 99999999.99
constexpr std::int64_t stock_max = 2'147'483'647;

bool digits_only(std::string_view text) {
    return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "9", "9.5" or "9.50" in hundredths; more places only where they are zeros.
std::optional<std::int64_t> hundredths(std::string_view text) {
    auto const point = text.find('.');
    auto const whole = text.substr(0, point);
    std::string places(point == std::string_view::npos ? "" : text.substr(point + 1));
    while (places.size() > 2 && places.back() == '0') places.pop_back();
    if (!digits_only(whole) || !digits_only(places) || places.size() > 2 || whole.size() > 12 ||
        whole.size() + places.size() == 0)
        return std::nullopt;
    places.resize(2, '0');
    return text::to_int((whole.empty() ? "0" : std::string(whole)) + places);
}

bool is_image(std::string_view image) {
    if (image.find_first_of(" \t\r\n\\\"<>") != std::string_view::npos) return false;
    if (image.starts_with("https://") || image.starts_with("http://")) return true;
    bool const has_scheme = image.find(':') != std::string_view::npos;
    return !has_scheme && !image.starts_with('/') && image.find("..") == std::string_view::npos;
}

}  // namespace

void FieldJudge::fail(Trouble trouble, std::string_view field) {
    if (!well_) return;
    well_ = false;
    problem_.trouble = trouble;
    problem_.field = field;
}

std::string FieldJudge::text(std::string_view field, std::string_view value, std::size_t length_max,
                             bool blank_allowed) {
    if (!text::is_utf8(value) || value.find('\0') != std::string_view::npos) {
        fail(Trouble::not_text, field);
        return {};
    }
    auto const trimmed = text::trim(value);
    if (trimmed.empty() && !blank_allowed) fail(Trouble::missing, field);
    // A text of few bytes has few code points: counting is for the long ones.
    if (trimmed.size() > length_max && text::length(trimmed) > length_max)
        fail(Trouble::too_long, field);
    return std::string(trimmed);
}

Money FieldJudge::price(std::string_view field, std::string_view value) {
    auto const trimmed = text(field, value, 32);
    auto const minor = hundredths(trimmed);
    if (!minor || *minor > price_minor_max) {
        fail(Trouble::not_a_price, field);
        return {};
    }
    return {*minor};
}

std::int64_t FieldJudge::stock(std::string_view field, std::string_view value) {
    auto const number = text::to_int(text(field, value, 32));
    if (!number || *number < 0 || *number > stock_max) {
        fail(Trouble::not_a_stock, field);
        return 0;
    }
    return *number;
}

bool FieldJudge::flag(std::string_view field, std::string_view value) {
    auto const word = text::to_lower_ascii(text(field, value, 32, true));
    if (word == "true" || word == "1" || word == "yes") return true;
    if (word == "false" || word == "0" || word == "no") return false;
    if (!word.empty()) fail(Trouble::not_a_flag, field);
    return true;
}

std::optional<std::string> FieldJudge::image(std::string_view field, std::string_view value) {
    auto trimmed = text(field, value, image_length_max, true);
    if (trimmed.empty()) return std::nullopt;
    if (!is_image(trimmed)) fail(Trouble::not_an_image, field);
    return trimmed;
}

}  // namespace cartwright::catalog_io
