// The OpenAPI document of the whole program, made from its real route table.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <set>
#include <string>

#include "app/application.hpp"
#include "base/random.hpp"
#include "surfaces/ops/openapi.hpp"

namespace cartwright::app {
namespace {

namespace bj = boost::json;

class OpenApiDocument : public testing::TestWithParam<ops::ApiSurface> {
protected:
    OpenApiDocument()
        : directory_(std::filesystem::temp_directory_path() / ("cartwright_" + random_hex(8))) {
        std::filesystem::create_directory(directory_);
        config::Settings settings;
        settings.database_url = "sqlite:" + (directory_ / "shop.db").string();
        settings.data_dir = directory_.string();
        settings.secret_key = std::string(32, 'k');
        Application const application(settings);
        document_ = bj::parse(ops::openapi(application.router().routes(), GetParam()));
    }
    ~OpenApiDocument() override { std::filesystem::remove_all(directory_); }

    /// Every object of the document, whatever it is.
    static void each_object(bj::value const& value,
                            std::function<void(bj::object const&)> const& look) {
        if (auto const* object = value.if_object()) {
            look(*object);
            for (auto const& member : *object) each_object(member.value(), look);
        } else if (auto const* array = value.if_array()) {
            for (auto const& element : *array) each_object(element, look);
        }
    }
    std::set<std::string> references() const {
        std::set<std::string> found;
        each_object(document_, [&](bj::object const& object) {
            if (auto const* reference = object.if_contains("$ref"))
                found.emplace(reference->as_string());
        });
        return found;
    }
    template <class Look>
    void each_operation(Look&& look) const {
        for (auto const& [path, item] : document_.at("paths").as_object())
            for (auto const& [method, operation] : item.as_object())
                look(std::string(method) + " " + std::string(path), operation.as_object());
    }

    std::filesystem::path directory_;
    bj::value document_;
};

INSTANTIATE_TEST_SUITE_P(Surfaces, OpenApiDocument,
                         testing::Values(ops::shop_surface, ops::customer_surface),
                         [](auto const& surface) {
                             return surface.index == 0 ? "shop" : "customer";
                         });

TEST_P(OpenApiDocument, EveryReferenceLeadsSomewhere) {
    for (auto const& reference : references()) {
        ASSERT_TRUE(reference.starts_with("#/")) << reference;
        boost::system::error_code error;
        EXPECT_NE(document_.find_pointer(reference.substr(1), error), nullptr) << reference;
    }
}

TEST_P(OpenApiDocument, EverySchemaIsUsed) {
    auto const used = references();
    for (auto const& schema : document_.at("components").at("schemas").as_object())
        EXPECT_TRUE(used.contains("#/components/schemas/" + std::string(schema.key())))
            << schema.key();
}

TEST_P(OpenApiDocument, EverySchemaRequiresOnlyWhatItHas) {
    each_object(document_.at("components").at("schemas"), [](bj::object const& schema) {
        auto const* required = schema.if_contains("required");
        if (required == nullptr || !required->is_array()) return;
        ASSERT_TRUE(schema.contains("properties")) << bj::serialize(schema);
        for (auto const& name : required->as_array())
            EXPECT_TRUE(schema.at("properties").as_object().contains(name.as_string()))
                << bj::serialize(schema);
    });
}

TEST_P(OpenApiDocument, EveryOperationIsWholeAndNamedOnce) {
    std::set<std::string> ids;
    int count = 0;
    each_operation([&](std::string const& name, bj::object const& operation) {
        ++count;
        EXPECT_TRUE(ids.emplace(operation.at("operationId").as_string()).second) << name;
        EXPECT_FALSE(operation.at("summary").as_string().empty()) << name;
        bool answers = false;
        for (auto const& [status, response] : operation.at("responses").as_object()) {
            if (!status.starts_with('2')) continue;
            answers = true;
            bool const is_page = name == "get /api/auth/password-reset/{token}/";
            EXPECT_TRUE(status == "204" || is_page || response.as_object().contains("content"))
                << name;
        }
        EXPECT_TRUE(answers) << name;
        bool const changes = name.starts_with("put") || name.starts_with("patch");
        EXPECT_TRUE(!changes || operation.contains("requestBody")) << name;
    });
    EXPECT_GT(count, 30);
}

TEST_P(OpenApiDocument, EveryParameterOfAPathIsDescribed) {
    each_operation([&](std::string const& name, bj::object const& operation) {
        for (auto at = name.find('{'); at != name.npos; at = name.find('{', at + 1)) {
            auto const parameter = name.substr(at + 1, name.find('}', at) - at - 1);
            int described = 0;
            for (auto const& one : operation.at("parameters").as_array()) {
                auto const* of = one.as_object().if_contains("name");
                described += of != nullptr && of->as_string() == parameter ? 1 : 0;
            }
            EXPECT_EQ(described, 1) << name << " " << parameter;
        }
    });
}

}  // namespace
}  // namespace cartwright::app
