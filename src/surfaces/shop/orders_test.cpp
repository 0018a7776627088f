#include "surfaces/shop/orders.hpp"

#include <boost/json.hpp>

#include "features/orders/test_shop.hpp"
#include "surfaces/shop/carts.hpp"

namespace cartwright::shop {
namespace {

using http::Method;

/// The routes' words, as handlers give them; `tests/contract` asks the whole server.
class ShopOrders : public testing::TestWithParam<db::Engine> {
protected:
    ShopOrders() {
        mount_carts(router, shop.carts, stores);
        mount_orders(router, shop.orders, stores);
    }

    http::Response ask(Method method, std::string_view path, std::string const& json = "",
                       std::string_view query_string = "") {
        http::Request request{.method = method,
                              .path = path,
                              .query_string = query_string,
                              .body = json,
                              .base_url = "http://shop.test"};
        if (!store_id.empty()) request.headers.push_back({"X-Store-ID", store_id});
        http::QueryParams const query(query_string);
        auto const body = http::read_body("application/json", json);
        auto const match = router.match(method, path);
        return match.route->handler({request, query, body, caller, match.params});
    }
    std::string answer(Method method, std::string_view path, std::string const& json = "") {
        auto const response = ask(method, path, json);
        return std::to_string(response.status) + " " + response.body;
    }
    std::string order(std::string const& items, std::string const& more = "") {
        return answer(
            Method::post, "/api/v1/orders/",
            R"({"shipping_address":"a","billing_address":"b","items":)" + items + more + "}");
    }
    std::string check_out(std::string const& more = "") {
        return answer(Method::post, "/api/v1/cart/checkout/",
                      R"({"shipping_address":"a","billing_address":"b")" + more + "}");
    }
    std::string add(std::string const& json) { return answer(Method::post, "/api/v1/cart/", json); }

    orders::TestShop shop{GetParam()};
    stores::Stores stores{*shop.database, shop.clock};
    http::Router router;
    http::Caller caller{.user = {1}, .email = "ann@example.com"};
    std::string store_id;
    ProductId laptop = shop.product(5, {99999});
    ProductId mouse = shop.product(1, {1000});
};

INSTANTIATE_TEST_SUITE_P(Engines, ShopOrders, testing::ValuesIn(db::test_engines()),
                         db::engine_name<testing::TestParamInfo<db::Engine>>);

TEST_P(ShopOrders, AnOrderHasEveryFieldOfTheReference) {
    auto const response = ask(
        Method::post, "/api/v1/orders/",
        R"({"shipping_address":"a","billing_address":"b","items":[{"product_id":1,"quantity":2}]})");
    EXPECT_EQ(response.status, 201);
    auto const made = boost::json::parse(response.body).as_object();
    EXPECT_EQ(made.at("id"), 1);
    EXPECT_EQ(made.at("order_number"), "ORD-17040672000001");
    EXPECT_EQ(made.at("customer"), 1);
    EXPECT_EQ(made.at("customer_email"), "ann@example.com");
    EXPECT_EQ(made.at("total_amount"), "1999.98");
    EXPECT_EQ(made.at("status"), "pending");
    EXPECT_EQ(made.at("shipping_address"), "a");
    EXPECT_EQ(made.at("billing_address"), "b");
    for (auto const* none : {"stripe_payment_intent_id", "client_secret", "crm_sync_status"})
        EXPECT_TRUE(made.at(none).is_null());
    EXPECT_EQ(made.at("created_at"), "2024-01-01T00:00:00Z");
    EXPECT_EQ(made.at("updated_at"), "2024-01-01T00:00:00Z");
    auto const& item = made.at("items").at(0);
    EXPECT_EQ(item.at("quantity"), 2);
    EXPECT_EQ(item.at("price"), "999.99");
    EXPECT_EQ(item.at("subtotal"), "1999.98");
    EXPECT_EQ(item.at("created_at"), "2024-01-01T00:00:00Z");
    EXPECT_EQ(item.at("product").at("stock_quantity"), 3);
    EXPECT_EQ(item.at("product").at("category").at("name"), "C");

    EXPECT_EQ(ask(Method::get, "/api/v1/orders/1/").body, response.body);
    EXPECT_EQ(ask(Method::get, "/api/v1/orders/").body, "[" + response.body + "]");
}

TEST_P(ShopOrders, ProblemsOfLinesComeTogether) {
    EXPECT_EQ(order(R"([{"product_id":1,"quantity":1},{"product_id":99,"quantity":1}])"),
              R"(400 {"items":[{},{"product_id":["Product not found or inactive"]}]})");
    EXPECT_EQ(order(R"([{"product_id":99,"quantity":0}])"),
              R"(400 {"items":[{"product_id":["Product not found or inactive"],)"
              R"("quantity":["Ensure this value is greater than or equal to 1."]}]})");
    EXPECT_EQ(
        answer(Method::post, "/api/v1/orders/", R"({"items":[{"product_id":99,"quantity":1}]})"),
        R"(400 {"shipping_address":["This field is required."],)"
        R"("billing_address":["This field is required."],)"
        R"("items":[{"product_id":["Product not found or inactive"]}]})");
    EXPECT_EQ(order(R"([{"product_id":2,"quantity":2}])"),
              R"(400 {"non_field_errors":["Insufficient stock"]})");
    EXPECT_EQ(order(R"([{"product_id":99,"quantity":1},{"product_id":2,"quantity":2}])"),
              R"(400 {"items":[{"product_id":["Product not found or inactive"]},{}]})");
    EXPECT_EQ(order(R"([{"product_id":100000000000000000000,"quantity":1}])"),
              R"(400 {"items":[{"product_id":["Product not found or inactive"]}]})");
    EXPECT_EQ(order(R"([{"product_id":1,"quantity":1}])", R"(,"expected_total":"1.00")"),
              R"(400 {"expected_total":["The total is 999.99."]})");
    EXPECT_EQ(shop.number("SELECT count(*) FROM orders"), 0);
}

TEST_P(ShopOrders, OthersOrdersAreForbiddenAndUnknownOnesNotFound) {
    ASSERT_TRUE(order(R"([{"product_id":1,"quantity":1}])").starts_with("201"));
    caller.user = {2};
    EXPECT_EQ(answer(Method::get, "/api/v1/orders/1/"),
              R"(403 {"detail":"You do not have permission to access this order."})");
    EXPECT_EQ(answer(Method::get, "/api/v1/orders/"), "200 []");
    for (auto const* path : {"/api/v1/orders/2/", "/api/v1/orders/abc/", "/api/v1/orders/0/"})
        EXPECT_EQ(answer(Method::get, path), R"(404 {"detail":"Not found."})");
    caller.admin = true;
    EXPECT_TRUE(answer(Method::get, "/api/v1/orders/1/").starts_with("200"));
    EXPECT_TRUE(answer(Method::get, "/api/v1/orders/").starts_with(R"(200 [{"id":1,)"));
}

TEST_P(ShopOrders, AListComesInPagesWhereTheQuerySaysSo) {
    for (auto i = 0; i < 3; ++i)
        ASSERT_TRUE(order(R"([{"product_id":1,"quantity":1}])").starts_with("201"));
    auto const page = [&](std::string_view query) {
        return boost::json::parse(ask(Method::get, "/api/v1/orders/", "", query).body);
    };
    auto const first = page("page_size=2");
    EXPECT_EQ(first.at("count"), 3);
    EXPECT_EQ(first.at("next"), "http://shop.test/api/v1/orders/?page=2&page_size=2");
    EXPECT_TRUE(first.at("previous").is_null());
    EXPECT_EQ(first.at("results").as_array().size(), 2U);
    EXPECT_EQ(first.at("results").at(0).at("id"), 3);
    auto const second = page("page=2&page_size=2");
    EXPECT_TRUE(second.at("next").is_null());
    EXPECT_EQ(second.at("previous"), "http://shop.test/api/v1/orders/?page_size=2");
    EXPECT_EQ(second.at("results").at(0).at("id"), 1);
    EXPECT_EQ(page("page=last&page_size=2"), second);
    for (auto const* wrong : {"page=0", "page=2", "page=x", "page=99999999999999999999", "page="})
        EXPECT_EQ(page(wrong), boost::json::parse(R"({"detail":"Invalid page."})")) << wrong;
    caller.user = {2};
    EXPECT_EQ(page("page=1"),
              boost::json::parse(R"({"count":0,"next":null,"previous":null,"results":[]})"));
}

TEST_P(ShopOrders, CheckoutHasItsOwnWords) {
    EXPECT_EQ(check_out(), R"(400 {"error":"Cart is empty"})");
    EXPECT_EQ(answer(Method::post, "/api/v1/cart/checkout/", "{}"),
              R"(400 {"shipping_address":["This field is required."],)"
              R"("billing_address":["This field is required."]})");
    EXPECT_EQ(check_out(R"(,"clear_cart":"maybe")"),
              R"(400 {"clear_cart":["Must be a valid boolean."]})");
    EXPECT_EQ(check_out(R"(,"clear_cart":null)"),
              R"(400 {"clear_cart":["This field may not be null."]})");

    ASSERT_TRUE(add(R"({"product_id":2,"quantity":1})").starts_with("201"));
    shop.run("UPDATE products SET is_active = 0 WHERE id = 2");
    EXPECT_EQ(check_out(), R"(400 {"error":"Insufficient stock for Product 2"})");
    ASSERT_TRUE(add(R"({"product_id":1,"quantity":5})").starts_with("201"));
    shop.run("UPDATE products SET stock = 4 WHERE id = 1");
    EXPECT_EQ(check_out(), R"(400 {"error":"Insufficient stock for Product 2","items":[)"
                           R"({"product_id":2,"name":"Product 2","quantity":1,"available":0},)"
                           R"({"product_id":1,"name":"Product 1","quantity":5,"available":4}]})");
    shop.run("UPDATE products SET is_active = 1, stock = 5");
    EXPECT_TRUE(check_out(R"(,"clear_cart":"no")").starts_with("201"));
    EXPECT_EQ(shop.number("SELECT count(*) FROM cart_items"), 2);
}

TEST_P(ShopOrders, ACartsWords) {
    EXPECT_EQ(answer(Method::get, "/api/v1/cart/"),
              R"(200 {"id":1,"items":[],"total_amount":"0.00","created_at":"2024-01-01T00:00:00Z",)"
              R"("updated_at":"2024-01-01T00:00:00Z"})");
    EXPECT_EQ(add("{}"), R"(400 {"product_id":["This field is required."],)"
                         R"("quantity":["This field is required."]})");
    EXPECT_EQ(add(R"({"product_id":99,"quantity":0})"),
              R"(400 {"product_id":["Product not found or inactive"],)"
              R"("quantity":["Ensure this value is greater than or equal to 1."]})");
    EXPECT_EQ(add(R"({"product_id":0,"quantity":1})"),
              R"(400 {"product_id":["Product not found or inactive"]})");
    EXPECT_EQ(add(R"({"product_id":1,"quantity":6})"),
              R"(400 {"non_field_errors":["Insufficient stock"]})");
    ASSERT_TRUE(add(R"({"product_id":1,"quantity":2})").starts_with(R"(201 {"id":1,"product":{)"));
    EXPECT_EQ(answer(Method::patch, "/api/v1/cart/items/1/", R"({"quantity":0})"),
              R"(400 {"quantity":["Quantity must be at least 1."]})");
    EXPECT_EQ(answer(Method::put, "/api/v1/cart/items/1/", R"({"quantity":6})"),
              R"(400 {"error":"Insufficient stock"})");
    EXPECT_EQ(answer(Method::patch, "/api/v1/cart/items/9/", R"({"quantity":"x"})"),
              R"(404 {"detail":"Not found."})");
    EXPECT_EQ(answer(Method::del, "/api/v1/cart/items/9/"), R"(404 {"detail":"Not found."})");
    EXPECT_EQ(answer(Method::del, "/api/v1/cart/items/1/"),
              R"(200 {"message":"Cart item removed successfully"})");
    EXPECT_EQ(answer(Method::del, "/api/v1/cart/"),
              R"(200 {"message":"Cart cleared successfully"})");
}

TEST_P(ShopOrders, AnUnknownStoreIsNotFound) {
    store_id = "store_77";
    for (auto const& [method, path] :
         {std::pair{Method::get, "/api/v1/cart/"}, std::pair{Method::post, "/api/v1/cart/"},
          std::pair{Method::del, "/api/v1/cart/"}, std::pair{Method::post, "/api/v1/orders/"},
          std::pair{Method::patch, "/api/v1/cart/items/1/"},
          std::pair{Method::del, "/api/v1/cart/items/1/"},
          std::pair{Method::post, "/api/v1/cart/checkout/"}})
        EXPECT_EQ(answer(method, path, "{}"), R"(404 {"detail":"Not found."})") << path;
    store_id = "store_2";
    EXPECT_EQ(add(R"({"product_id":1,"quantity":1})"),
              R"(400 {"product_id":["Product not found or inactive"]})");
}

TEST_P(ShopOrders, AmountsBeyondAllBoundsAreShownAndNotOrdered) {
    shop.product(2'147'483'647, {9'999'999'999});
    ASSERT_TRUE(add(R"({"product_id":3,"quantity":2147483647})").starts_with("201"));
    EXPECT_TRUE(answer(Method::get, "/api/v1/cart/").starts_with("200"));
    EXPECT_EQ(check_out(), R"(400 {"non_field_errors":["The order's total is too large"]})");
}

}  // namespace
}  // namespace cartwright::shop
