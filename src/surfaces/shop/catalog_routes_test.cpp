#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <thread>

#include "base/random.hpp"
#include "platform/db/test_database.hpp"
#include "surfaces/shop/categories.hpp"
#include "surfaces/shop/product_query.hpp"
#include "surfaces/shop/products.hpp"
#include "surfaces/shop/stores.hpp"

namespace cartwright::shop {
namespace {

using http::Method;
using testing::HasSubstr;

/// A picture of one pixel.
constexpr std::string_view pixel(
    "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\0IEND\xae"
    "\x42\x60\x82",
    45);

/// The catalogue's routes over a real database, called as the server calls them.
class CatalogRoutes : public testing::TestWithParam<db::Engine> {
protected:
    CatalogRoutes() {
        mount_stores(router_, stores_);
        mount_categories(router_, catalog_, stores_);
        mount_products(router_, {*database_, catalog_, stores_, images_, cards_, pages_});
    }
    ~CatalogRoutes() override { std::filesystem::remove_all(media_); }

    http::Response call(Method method, std::string_view target, http::Body const& body) {
        auto const mark = target.find('?');
        http::Request request{.method = method, .path = target.substr(0, mark)};
        request.base_url = "http://shop.example";
        if (!store_.empty()) request.headers = {{"X-Store-ID", store_}};
        request.query_string = mark == std::string_view::npos ? "" : target.substr(mark + 1);
        http::QueryParams const query(request.query_string);
        auto const match = router_.match(method, request.path);
        if (match.route == nullptr) return {.status = 405};
        auto response = match.route->handler(
            {request, query, body, {.user = UserId{1}, .admin = admin_}, match.params});
        if (response.shared) response.body = response.shared->plain();
        return response;
    }
    http::Response get(std::string_view target) { return call(Method::get, target, {}); }
    http::Response send(Method method, std::string_view target, std::string_view json) {
        http::Body body;
        body.json = boost::json::parse(json);
        return call(method, target, body);
    }
    http::Response post(std::string_view target, std::string_view json) {
        return send(Method::post, target, json);
    }
    http::Response upload(Method method, std::string_view target, std::string_view json,
                          std::string_view bytes) {
        http::Body body;
        body.json = boost::json::parse(json);
        body.is_form = true;
        body.uploads = {{.field = "image", .file_name = "../../x.png", .content = bytes}};
        return call(method, target, body);
    }
    static boost::json::value at(http::Response const& response, std::string_view field) {
        return boost::json::parse(response.body).as_object().at(field);
    }
    static std::string text(http::Response const& response, std::string_view field) {
        return std::string(at(response, field).as_string());
    }

    db::TestDatabase database_{GetParam()};
    SystemClock clock_;
    stores::Stores stores_{*database_, clock_};
    catalog::Catalog catalog_{*database_, clock_};
    std::string media_ = testing::TempDir() + "media-" + random_hex(8);
    std::unique_ptr<media::Store> store_of_media_ = media::open({.url = "file:" + media_});
    catalog::Images images_{*store_of_media_};
    ProductCards cards_{*database_, catalog_, {}};
    KeptPages pages_{catalog_, cards_, {}};
    http::Router router_;
    std::string store_;
    bool admin_ = true;
};

INSTANTIATE_TEST_SUITE_P(Engines, CatalogRoutes, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

constexpr std::string_view kettle = R"({"name":"Kettle","category_id":1,"price":"9.5"})";

TEST_P(CatalogRoutes, ProductIsMadeShownChangedAndHidden) {
    EXPECT_EQ(post("/api/v1/categories/", R"({"name":"Toys"})").status, 201);
    auto const made = post("/api/v1/products/", kettle);
    EXPECT_EQ(made.status, 201);
    EXPECT_THAT(made.body, HasSubstr(R"("price":"9.50","stock_quantity":0,"image":null)"));
    EXPECT_EQ(get("/api/v1/products/1/").body, made.body);
    EXPECT_EQ(send(Method::patch, "/api/v1/products/1/", R"({"stock_quantity":4})").status, 200);
    EXPECT_EQ(at(get("/api/v1/products/1/"), "stock_quantity"), 4);

    EXPECT_EQ(send(Method::patch, "/api/v1/products/1/", R"({"is_active":false})").status, 200);
    EXPECT_EQ(get("/api/v1/products/1/").status, 200);
    admin_ = false;
    EXPECT_EQ(get("/api/v1/products/1/").status, 404);
    EXPECT_EQ(at(get("/api/v1/products/"), "count"), 0);

    EXPECT_EQ(call(Method::del, "/api/v1/products/1/", {}).status, 200);
    admin_ = true;
    EXPECT_EQ(get("/api/v1/products/1/").status, 404);
    EXPECT_EQ(call(Method::del, "/api/v1/products/1/", {}).status, 404);
}

TEST_P(CatalogRoutes, ShownStockIsNeverOlderThanTheLastCommit) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    post("/api/v1/products/",
         R"({"name":"Kettle","category_id":1,"price":"1","stock_quantity":200})");
    std::atomic<bool> done = false;
    std::jthread const reader([&] {
        while (!done) get("/api/v1/products/1/");
    });
    std::vector<catalog::Units> const one{{ProductId{1}, 1}};
    for (int left = 199; left >= 100; --left) {
        database_->write(
            [&](db::Tx& tx) { return catalog_.take_stock(tx, one, OrderId{1}, UserId{1}); });
        ASSERT_EQ(at(get("/api/v1/products/1/"), "stock_quantity"), left);
    }
    done = true;
}

TEST_P(CatalogRoutes, RenamedCategoryShowsInItsProductsAtOnce) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    post("/api/v1/products/", kettle);
    EXPECT_THAT(get("/api/v1/products/").body, HasSubstr(R"("name":"Toys","slug":"toys")"));
    send(Method::patch, "/api/v1/categories/1/", R"({"name":"Games"})");
    EXPECT_THAT(get("/api/v1/products/").body, HasSubstr(R"("name":"Games","slug":"toys")"));
}

TEST_P(CatalogRoutes, LinksKeepTheOtherParameters) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    for (int i = 0; i < 5; ++i) post("/api/v1/products/", kettle);
    auto const page = get("/api/v1/products/?search=kettle&page=2&page_size=2&x=%C3%A9%20y");
    EXPECT_EQ(at(page, "count"), 5);
    EXPECT_EQ(text(page, "next"),
              "http://shop.example/api/v1/products/"
              "?page=3&page_size=2&search=kettle&x=%C3%A9+y");
    EXPECT_EQ(text(page, "previous"),
              "http://shop.example/api/v1/products/?page_size=2&search=kettle&x=%C3%A9+y");
    EXPECT_EQ(get("/api/v1/products/?page=4&page_size=2").body, R"({"detail":"Invalid page."})");
    EXPECT_EQ(at(get("/api/v1/products/?page=last&page_size=2"), "results").as_array().size(), 1U);
    for (auto const* const none : {"0", "-1", "abc", "", "1.0", "99999999999999999999"})
        EXPECT_EQ(get(std::string("/api/v1/categories/?page=") + none).status, 404) << none;
}

TEST_P(CatalogRoutes, QueryIsReadWholeBeforeItIsRefused) {
    auto const refused = get(
        "/api/v1/products/?category=9&min_price=x&max_price=1.234&in_stock=maybe&ordering=secret");
    EXPECT_EQ(refused.status, 400);
    for (auto const* const field : {"category", "min_price", "max_price", "in_stock", "ordering"})
        EXPECT_TRUE(at(refused, field).is_array()) << field;
    EXPECT_EQ(get("/api/v1/products/?category=&min_price=&in_stock=&ordering=&search=").status,
              200);
    EXPECT_EQ(get("/api/v1/products/?ordering=-price,name&in_stock=true&max_price=1").status, 200);
    EXPECT_EQ(get("/api/v1/products/?search=%00").status, 400);
}

TEST_P(CatalogRoutes, PicturesAreStoredUnderNamesOfOurOwn) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    auto const made = upload(Method::post, "/api/v1/products/",
                             R"({"name":"Kettle","category_id":"1","price":"9.5"})", pixel);
    ASSERT_EQ(made.status, 201) << made.body;
    auto const image = text(made, "image");
    std::string_view const base = "http://shop.example";
    EXPECT_TRUE(image.starts_with("http://shop.example/media/products/")) << image;
    EXPECT_EQ(text(get("/api/v1/products/1/"), "image"), image);
    EXPECT_EQ(images_.load(image.substr(base.size() + std::string_view("/media/").size())), pixel);

    auto const no_image = upload(Method::patch, "/api/v1/products/1/", "{}", "GIF89a but no");
    EXPECT_EQ(no_image.status, 400);
    EXPECT_EQ(upload(Method::patch, "/api/v1/products/1/", "{}", "").status, 400);
    auto const files = [&] {
        auto const in = std::filesystem::directory_iterator(media_ + "/products");
        return std::distance(begin(in), end(in));
    };
    EXPECT_EQ(files(), 1);
    // Taken already: the picture that came with it goes again.
    EXPECT_EQ(upload(Method::post, "/api/v1/products/",
                     R"({"name":"K","category_id":"1","price":"1","public_id":"prod_001"})", pixel)
                  .status,
              400);
    EXPECT_EQ(files(), 1);
    EXPECT_EQ(text(get("/api/v1/products/1/"), "image"), image);
    EXPECT_TRUE(
        at(send(Method::patch, "/api/v1/products/1/", R"({"image":null})"), "image").is_null());
    EXPECT_EQ(files(), 0);
}

TEST_P(CatalogRoutes, AReplacedPictureGoesWithTheLastProductThatShowsIt) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    post("/api/v1/products/", kettle);
    post("/api/v1/products/", R"({"name":"Pot","category_id":"1","price":"2"})");
    upload(Method::patch, "/api/v1/products/1/", "{}", pixel);
    auto const shared = database_->read([&](db::Read& read) {
        ProductId const id{1};
        return catalog_.find(read, std::span(&id, 1)).front().image.value();
    });
    ASSERT_TRUE(catalog_.change(StoreId{1}, ProductId{2}, {.image = std::optional(shared)}, {}));

    upload(Method::patch, "/api/v1/products/1/", "{}", pixel);
    EXPECT_EQ(images_.load(shared), pixel) << "the second product shows it still";
    upload(Method::patch, "/api/v1/products/2/", "{}", pixel);
    EXPECT_FALSE(images_.load(shared));
}

TEST_P(CatalogRoutes, StockIsAdjustedByDelta) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    post("/api/v1/products/", kettle);
    auto const adjust = [&](std::string_view body) {
        return post("/api/v1/products/1/adjust-stock/", body);
    };
    EXPECT_EQ(at(adjust(R"({"delta":7,"reason":"delivery"})"), "stock_quantity"), 7);
    EXPECT_EQ(at(adjust(R"({"delta":-7})"), "stock_quantity"), 0);
    EXPECT_EQ(adjust(R"({"delta":-1})").status, 400);
    EXPECT_EQ(adjust(R"({"delta":2147483648})").status, 400);
    EXPECT_EQ(adjust("{}").body, R"({"delta":["This field is required."]})");
    EXPECT_EQ(post("/api/v1/products/9/adjust-stock/", R"({"delta":1})").status, 404);
}

TEST_P(CatalogRoutes, StoresHaveCataloguesOfTheirOwn) {
    post("/api/v1/categories/", R"({"name":"Toys"})");
    post("/api/v1/products/", kettle);
    auto const made =
        post("/api/v1/stores/", R"({"name":"Berlin","tax_rate":19,"currency":"EUR"})");
    EXPECT_EQ(made.status, 201);
    EXPECT_EQ(text(made, "store_id"), "store_2");
    EXPECT_EQ(text(made, "tax_rate"), "19.00");
    EXPECT_TRUE(at(made, "free_shipping_threshold").is_null());

    store_ = "store_2";
    EXPECT_EQ(at(get("/api/v1/products/"), "count"), 0);
    EXPECT_EQ(get("/api/v1/products/1/").status, 404);
    EXPECT_EQ(get("/api/v1/categories/1/").status, 404);
    EXPECT_EQ(send(Method::patch, "/api/v1/products/1/", "{}").status, 404);
    EXPECT_EQ(post("/api/v1/products/", kettle).body,
              R"({"category_id":["Invalid pk \"1\" - object does not exist."]})");
    EXPECT_EQ(send(Method::patch, "/api/v1/stores/store_2/", R"({"is_active":false})").status, 200);
    EXPECT_EQ(get("/api/v1/products/").status, 404);
    EXPECT_EQ(get("/api/v1/categories/").status, 404);
    store_ = "nowhere";
    EXPECT_EQ(get("/api/v1/products/").status, 404);
    store_ = "";
    EXPECT_EQ(at(get("/api/v1/stores/"), "count"), 2);
    EXPECT_EQ(call(Method::del, "/api/v1/stores/store_1/", {}).status, 400);
    EXPECT_EQ(call(Method::del, "/api/v1/stores/store_2/", {}).status, 200);
    EXPECT_EQ(get("/api/v1/stores/store_2/").status, 404);
}

TEST(ProductLists, SearchWhereTheyDoNotHoldUpPointReads) {
    auto const lane = [](std::string_view query) {
        return lane_of_list(http::QueryParams(query));
    };
    EXPECT_EQ(lane("page=3&category=1&min_price=2"), http::Lane::read);
    EXPECT_EQ(lane("search=%20&ordering=-id"), http::Lane::read);
    EXPECT_EQ(lane("search=x"), http::Lane::scan);
    EXPECT_EQ(lane("ordering=name"), http::Lane::scan);
}

TEST(ImageKind, LooksAtTheContent) {
    EXPECT_EQ(catalog::image_kind(pixel), "png");
    EXPECT_EQ(catalog::image_kind(std::string("GIF89a\1\0\1\0\0\0\0\x3b", 14)), "gif");
    EXPECT_EQ(catalog::image_kind(std::string("GIF89a\0\0\1\0\0\0\0\x3b", 14)), std::nullopt);
    std::string const jpeg("\xff\xd8\xff\xe0\0\4AB\xff\xc0\0\x11\x08\0\1\0\1\3", 18);
    EXPECT_EQ(catalog::image_kind(jpeg), "jpg");
    EXPECT_EQ(catalog::image_kind(jpeg.substr(0, 12)), std::nullopt);
    std::string const webp =
        std::string("RIFF\x16\0\0\0WEBPVP8L\x0a\0\0\0\x2f", 21) + std::string(9, '\0');
    EXPECT_EQ(catalog::image_kind(webp), "webp");
    EXPECT_EQ(catalog::image_kind("<svg onload=alert(1)>"), std::nullopt);
    EXPECT_EQ(catalog::image_kind(pixel.substr(0, 20)), std::nullopt);
}

TEST(Images, ServesNothingElse) {
    auto const store = media::open({.url = "file:" + testing::TempDir()});
    catalog::Images const images(*store);
    for (auto const* const path :
         {"", "products/", "products/../secret", "../x", "products/a.png", "/etc/passwd",
          "products/0123456789abcdef0123456789abcdef.png/../../x",
          "products/0123456789abcdef0123456789abcdef.svg"})
        EXPECT_FALSE(images.load(path)) << path;
}

}  // namespace
}  // namespace cartwright::shop
