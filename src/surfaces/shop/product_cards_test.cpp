#include "surfaces/shop/product_cards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartwright::shop {
namespace {

using testing::HasSubstr;

ProductCard card_of(std::optional<std::string> image) {
    return {{.id = ProductId{1},
             .category = CategoryId{2},
             .name = "Kettle",
             .image = std::move(image)},
            {.id = CategoryId{2}, .name = "Kitchen"},
            std::chrono::steady_clock::now()};
}

std::string appended(ProductCard const& card, std::string_view base_url) {
    std::string out;
    card.append_to(out, base_url);
    return out;
}

TEST(ProductCard, APicturesAddressBeginsWithTheUrlThatTheShopWasAskedBy) {
    auto const card = card_of("products/a.png");
    for (std::string_view const base_url :
         {"https://one.example", "http://other.example", "https://one.example"}) {
        auto const alone = card.alone(base_url);
        EXPECT_THAT(alone->plain(),
                    HasSubstr("\"" + std::string(base_url) + "/media/products/a.png\""));
        EXPECT_EQ(alone->plain(), appended(card, base_url));
    }
}

TEST(ProductCard, AnAnswerIsMadeOnceForTheFirstUrlAndForAllWhereNoneStandsInIt) {
    auto const with_picture = card_of("products/a.png");
    auto const first = with_picture.alone("https://one.example");
    EXPECT_NE(with_picture.alone("https://other.example"), first);
    EXPECT_EQ(with_picture.alone("https://one.example"), first);

    auto const without = card_of(std::nullopt);
    EXPECT_EQ(without.alone("https://one.example"), without.alone("https://other.example"));
}

}  // namespace
}  // namespace cartwright::shop
