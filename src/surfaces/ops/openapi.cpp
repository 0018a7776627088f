#include "surfaces/ops/openapi.hpp"

#include <boost/json.hpp>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "base/check.hpp"
#include "base/embedded.hpp"
#include "base/text.hpp"

namespace cartwright::ops {
namespace {

namespace bj = boost::json;

bj::object parse_embedded(EmbeddedFile const& file) {
    boost::system::error_code error;
    auto value = bj::parse(file.content, error);
    check(!error && value.is_object(), "an embedded document is a JSON object");
    return std::move(value.get_object());
}

bj::object document_without_paths(ApiSurface const& surface) {
    auto const name = std::string(surface.folder) + "openapi.json";
    for (auto const& file : embedded_files()) {
        if (file.path == name) return parse_embedded(file);
    }
    throw Bug("the surface has an openapi.json", std::source_location::current());
}

bj::object component_schemas(ApiSurface const& surface) {
    bj::object schemas;
    for (auto const& file : embedded_files()) {
        if (!file.path.starts_with(surface.folder) || !file.path.ends_with("schemas.json"))
            continue;
        for (auto& [name, schema] : parse_embedded(file)) {
            check(!schemas.contains(name), "a schema is described once");
            schemas.emplace(name, std::move(schema));
        }
    }
    return schemas;
}

/// "/api/v1/products/<id>/" as OpenAPI writes it: "/api/v1/products/{id}/".
std::string template_path(std::string_view path) {
    std::string out(path);
    for (auto& c : out) {
        if (c == '<') c = '{';
        if (c == '>') c = '}';
    }
    return out;
}

std::vector<std::string_view> parameters_of(std::string_view path) {
    std::vector<std::string_view> names;
    for (auto at = path.find('<'); at != path.npos; at = path.find('<', at + 1)) {
        auto const end = path.find('>', at);
        check(end != path.npos, "a path parameter is closed");
        names.push_back(path.substr(at + 1, end - at - 1));
    }
    return names;
}

/// POST /api/v1/products/<id>/adjust-stock/ is "postProductsByIdAdjustStock": unique, for a path
/// is.
std::string operation_id(http::Route const& route, std::string_view prefix) {
    auto id = text::to_lower_ascii(http::to_string(route.method));
    bool upper = true;
    for (char const c : route.path.substr(prefix.size())) {
        bool const letter =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (c == '<') id += "By";
        if (!letter) {
            upper = true;
            continue;
        }
        id += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        upper = false;
    }
    return id;
}

std::string_view implied_response(int status) {
    switch (status) {
        case 400: return "BadRequest";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "NotFound";
        case 409: return "Conflict";
        case 413: return "PayloadTooLarge";
        case 415: return "UnsupportedMediaType";
        case 429: return "TooManyRequests";
        case 500: return "ServerError";
        case 503: return "ServiceUnavailable";
        default: return {};
    }
}

std::string_view reason(int status) {
    switch (status) {
        case 200: return "OK";
        case 201: return "Created";
        case 202: return "Accepted";
        case 204: return "No Content";
        case 400: return "Bad Request";
        case 401: return "Unauthorized";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 409: return "Conflict";
        case 503: return "Service Unavailable";
        default: return "Error";
    }
}

bj::object reference(std::string_view kind, std::string_view name) {
    return bj::object{{"$ref", "#/components/" + std::string(kind) + "/" + std::string(name)}};
}

bj::object content_of(bj::object schema) {
    return bj::object{{"application/json", bj::object{{"schema", std::move(schema)}}}};
}

class Document {
public:
    Document(std::deque<http::Route> const& routes, ApiSurface const& surface)
        : surface_(surface),
          root_(document_without_paths(surface)),
          schemas_(component_schemas(surface)) {
        if (auto const* by_path = root_.if_contains("x-parameters-by-path")) {
            parameters_by_path_ = by_path->as_object();
            root_.erase("x-parameters-by-path");
        }
        root_["info"].as_object()["version"] = CARTWRIGHT_VERSION;
        for (auto const& route : routes) {
            if (route.path.starts_with(surface.prefix)) add(route);
        }
        keep_used_tags();
        root_["paths"] = std::move(paths_);
        root_["components"].as_object()["schemas"] = std::move(schemas_);
    }

    std::string text() const { return bj::serialize(root_); }

private:
    bj::object schema_ref(std::string_view name) const {
        check(schemas_.contains(name), "a route's schema exists: " + std::string(name));
        return reference("schemas", name);
    }

    bj::object const& shared_response(std::string_view name) const {
        auto const* found =
            root_.at("components").as_object().at("responses").as_object().if_contains(name);
        check(found != nullptr, "a shared response exists: " + std::string(name));
        return found->as_object();
    }

    bj::array parameters(http::Route const& route) const {
        bj::array out;
        for (auto const name : parameters_of(route.path)) {
            bool const number = name == "id" || name == "order_id";
            bj::object schema{{"type", number ? "integer" : "string"}};
            if (number) schema["format"] = "int64";
            out.push_back(
                bj::object{{"name", name}, {"in", "path"}, {"required", true}, {"schema", schema}});
        }
        for (auto const& query : route.doc.query) {
            out.push_back(bj::object{{"name", query.name},
                                     {"in", "query"},
                                     {"description", query.about},
                                     {"schema", bj::object{{"type", query.type}}}});
        }
        if (route.idempotent) {
            out.push_back(bj::object{
                {"name", "Idempotency-Key"},
                {"in", "header"},
                {"description",
                 "Makes the request safe to send again: for a day the same key and "
                 "request get the first answer back, with `Idempotent-Replayed: true`."},
                {"schema", bj::object{{"type", "string"}, {"minLength", 1}, {"maxLength", 255}}}});
        }
        for (auto const& [path, names] : parameters_by_path_) {
            if (!route.path.starts_with(path)) continue;
            for (auto const& name : names.as_array()) {
                out.push_back(reference("parameters", name.as_string()));
            }
        }
        return out;
    }

    bj::object request_body(http::Doc const& doc) const {
        auto content = content_of(schema_ref(doc.request));
        if (doc.multipart) {
            auto const form = std::string(doc.request) + "Form";
            content["multipart/form-data"] = bj::object{
                {"schema", schema_ref(schemas_.contains(form) ? form : std::string(doc.request))}};
        }
        return bj::object{{"required", true}, {"content", std::move(content)}};
    }

    /// Adds a documented answer; several shapes of one status become alternatives.
    void add_response(bj::object& responses, int status, std::string_view schema) const {
        auto const key = std::to_string(status);
        auto const implied = implied_response(status);
        auto const* present = responses.if_contains(key);
        if (present == nullptr) {
            bj::object response{{"description", reason(status)}};
            if (!schema.empty()) response["content"] = content_of(schema_ref(schema));
            responses[key] = std::move(response);
            return;
        }
        if (schema.empty()) return;
        auto response =
            present->as_object().contains("$ref") ? shared_response(implied) : present->as_object();
        auto& shape = response["content"].as_object()["application/json"].as_object()["schema"];
        auto const added = schema_ref(schema);
        if (bj::serialize(shape).find(bj::serialize(added)) != std::string::npos) return;
        bj::array shapes;
        if (auto const* several = shape.as_object().if_contains("anyOf")) {
            shapes = several->as_array();
        } else {
            shapes.push_back(shape);
        }
        shapes.push_back(added);
        shape = bj::object{{"anyOf", std::move(shapes)}};
        responses[key] = std::move(response);
    }

    bj::object responses(http::Route const& route) const {
        bj::object out;
        add_response(out, route.doc.success, route.doc.response);
        if (route.etag) {
            out["304"] =
                bj::object{{"description",
                            "Not Modified: the ETag in If-None-Match is still the current one."}};
        }
        std::set<int> statuses;
        for (int const status : {400, 401, 403, 404, 409, 413, 415, 429, 500, 503}) {
            if (implies(route, status)) statuses.insert(status);
        }
        for (auto const& error : route.doc.errors) statuses.insert(error.first);
        for (int const status : statuses) {
            if (implies(route, status)) {
                auto const shared = std::string(implied_response(status));
                shared_response(shared);
                out[std::to_string(status)] = reference("responses", shared);
            }
            for (auto const& [documented, schema] : route.doc.errors) {
                if (documented == status) add_response(out, status, schema);
            }
        }
        return out;
    }

    static bool implies(http::Route const& route, int status) {
        switch (status) {
            case 400: return true;  // a path or a query that is no text
            case 413:
            case 415: return !route.doc.request.empty();
            case 401: return route.access != http::Access::anyone;
            case 403: return route.access == http::Access::admin;
            case 404: return route.path.find('<') != route.path.npos;
            case 409: return route.idempotent;
            case 429:
            case 500:
            case 503: return true;
            default: return false;
        }
    }

    static bj::object rate_limit(http::RateLimit const& limit) {
        bj::object out{{"name", limit.name},
                       {"count", limit.count},
                       {"per_seconds", limit.per.count()},
                       {"by", limit.account_fields[0].empty() ? "caller" : "address and account"}};
        if (limit.in_place_of_tier) out["in_place_of_tier"] = true;
        using enum http::RateLimit::When;
        switch (limit.when) {
            case always: break;
            case searching: out["when"] = "the query has a search"; break;
            case uploading: out["when"] = "the body is multipart/form-data"; break;
        }
        return out;
    }

    void add(http::Route const& route) {
        bj::object operation{{"tags", bj::array{bj::value(route.doc.tag)}},
                             {"summary", route.doc.summary},
                             {"operationId", operation_id(route, surface_.prefix)}};
        if (route.access == http::Access::admin) operation["description"] = "Admins only.";
        // One that looks at a token, too, needs none, and a bad one does not stop it.
        if (route.access == http::Access::anyone) operation["security"] = bj::array{};
        if (route.optional_caller)
            operation["description"] = "Public. A token that comes along is looked at.";
        if (auto list = parameters(route); !list.empty()) operation["parameters"] = std::move(list);
        if (route.limit.count > 0) operation["x-rate-limit"] = rate_limit(route.limit);
        if (!route.doc.request.empty()) operation["requestBody"] = request_body(route.doc);
        operation["responses"] = responses(route);

        auto& item = paths_[template_path(route.path)];
        if (!item.is_object()) item.emplace_object();
        item.as_object()[text::to_lower_ascii(http::to_string(route.method))] =
            std::move(operation);
        used_tags_[route.doc.tag] = true;
    }

    /// The tags that routes have: first in the order of `openapi.json`, then those it does not
    /// describe.
    void keep_used_tags() {
        bj::array tags;
        for (auto const& tag : root_["tags"].as_array()) {
            auto const& name = tag.at("name").as_string();
            if (used_tags_.erase(name) > 0) tags.push_back(tag);
        }
        for (auto const& [name, used] : used_tags_) tags.push_back(bj::object{{"name", name}});
        root_["tags"] = std::move(tags);
    }

    ApiSurface const& surface_;
    bj::object root_;
    bj::object schemas_;
    bj::object parameters_by_path_;
    bj::object paths_;
    bj::object used_tags_;
};

}  // namespace

std::string openapi(std::deque<http::Route> const& routes, ApiSurface const& surface) {
    return Document(routes, surface).text();
}

void mount_openapi(http::Router& router, ApiSurface const& surface) {
    struct Made {
        std::string path;
        std::once_flag once;
        std::string text;
    };
    auto made = std::make_shared<Made>();
    made->path = std::string(surface.prefix) + "openapi.json";
    router.add({.method = http::Method::get,
                .path = made->path,
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "This document", .tag = "Reference", .response = "OpenApi"},
                .handler =
                    [made, &router, surface](http::Call const&) {
                        std::call_once(made->once,
                                       [&] { made->text = openapi(router.routes(), surface); });
                        return http::Response{.body = made->text};
                    },
                .etag = true,
                .from_memory = true});
}

}  // namespace cartwright::ops
