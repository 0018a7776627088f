#include "sandbox/hubspot/crm.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "base/check.hpp"
#include "base/text.hpp"
#include "sandbox/json_members.hpp"

namespace cartwright::sandbox::hubspot {
namespace {

namespace json = boost::json;

constexpr int created = 201, no_content = 204, multi_status = 207, not_found = 404, conflict = 409;

std::unexpected<Problem> refuse(std::string message) {
    return std::unexpected(Problem{.message = std::move(message)});
}

std::unexpected<Problem> missing() {
    return std::unexpected(Problem{
        .status = not_found, .category = "OBJECT_NOT_FOUND", .message = "resource not found"});
}

/// E-mail addresses are one whatever their case.
std::string normal(std::string_view property, std::string_view value) {
    return property == "email" ? cartwright::text::to_lower_ascii(value) : std::string(value);
}

std::string link_key(std::string_view type, std::string_view id, std::string_view other) {
    return fmt::format("{}/{}/{}", type, id, other);
}

bool matches(json::object const& properties, json::object const& filter) {
    auto const value = text(properties, text(filter, "propertyName"));
    auto const wanted = text(filter, "value");
    auto const operation = text(filter, "operator");
    if (operation == "HAS_PROPERTY") return !value.empty();
    if (operation == "NOT_HAS_PROPERTY") return value.empty();
    bool const equal =
        normal(text(filter, "propertyName"), value) == normal(text(filter, "propertyName"), wanted);
    return operation == "NEQ" ? !equal : equal;
}

bool matches_group(json::object const& properties, json::value const& group) {
    auto const* const object = group.if_object();
    auto const* const filters = object == nullptr ? nullptr : object->if_contains("filters");
    if (filters == nullptr || !filters->is_array()) return false;
    return std::ranges::all_of(filters->get_array(), [&](json::value const& filter) {
        return filter.is_object() && matches(properties, filter.get_object());
    });
}

/// A sentence where the filters ask for something that is not known here.
std::string problem_of(json::array const& groups) {
    for (auto const& group : groups) {
        if (!group.is_object() || !group.get_object().contains("filters"))
            return "each filterGroup has filters";
        for (auto const& filter : group.get_object().at("filters").as_array()) {
            auto const operation =
                filter.is_object() ? text(filter.get_object(), "operator") : std::string_view{};
            if (operation != "EQ" && operation != "NEQ" && operation != "HAS_PROPERTY" &&
                operation != "NOT_HAS_PROPERTY")
                return fmt::format(
                    "The sandbox knows the operators EQ, NEQ, HAS_PROPERTY and "
                    "NOT_HAS_PROPERTY, not {}",
                    operation);
        }
    }
    return {};
}

}  // namespace

Crm::Crm(Clock const& clock, std::size_t objects_max) : clock_(clock) {
    for (auto const type : types) objects_.emplace(type, Bounded<Object>(objects_max));
    make_house_properties();
}

void Crm::make_house_properties() {
    unique_ = {{"contacts", "email"}, {"deals", "cartwright_order_number"}};
}

Bounded<Crm::Object>& Crm::objects(std::string_view type) {
    auto const found = objects_.find(type);
    check(found != objects_.end(), "a type of object that is known");
    return found->second;
}

bool Crm::is_unique(std::string_view type, std::string_view property) const {
    return unique_.contains({std::string(type), std::string(property)});
}

std::expected<Crm::Object*, Problem> Crm::find(std::string_view type, std::string_view id,
                                               std::string_view id_property) {
    auto& all = objects(type);
    if (id_property.empty() || id_property == "hs_object_id") {
        auto* const found = all.find(id);
        if (found == nullptr) return missing();
        return found;
    }
    if (!is_unique(type, id_property))
        return refuse(fmt::format("Property {} of {} is not unique: it cannot be an idProperty",
                                  id_property, type));
    for (auto const& [key, object] : all.in_order())
        if (normal(id_property, text(object.at("properties").as_object(), id_property)) ==
            normal(id_property, id))
            return all.find(key);
    return missing();
}

/// Sets properties; nothing changes where one is wrong or another object has a unique value.
Crm::One Crm::set(Object& object, std::string_view type, json::value const& properties) {
    auto const* const given = properties.if_object();
    if (given == nullptr) return refuse("properties is an object of texts");
    for (auto const& [name, value] : *given) {
        if (!value.is_string())
            return refuse(fmt::format("Property {} is not a text", std::string_view(name)));
        if (!is_unique(type, name) || value.get_string().empty()) continue;
        auto const holder = find(type, value.get_string(), name);
        if (holder && text(**holder, "id") != text(object, "id"))
            return std::unexpected(Problem{
                .status = conflict,
                .category = "CONFLICT",
                .message =
                    fmt::format("{} already exists. Existing ID: {}",
                                type == "contacts" ? "Contact" : "Object", text(**holder, "id"))});
    }
    auto& kept = object["properties"].as_object();
    for (auto const& [name, value] : *given) kept[name] = normal(name, value.get_string());
    object["updatedAt"] = to_iso(clock_.now());
    return object;
}

Crm::One Crm::add(std::string_view type, json::value const& input) {
    auto const* const given = input.if_object();
    auto const* const properties = given == nullptr ? nullptr : given->if_contains("properties");
    if (properties == nullptr) return refuse("properties is required");
    auto const id = std::to_string(next_id_);
    auto const now = to_iso(clock_.now());
    Object object{{"id", id},
                  {"properties", {{"hs_object_id", id}}},
                  {"createdAt", now},
                  {"updatedAt", now},
                  {"archived", false}};
    if (auto set_all = set(object, type, *properties); !set_all) return set_all;
    ++next_id_;
    objects(type).add(id, object);
    auto const* const links = given->if_contains("associations");
    if (links == nullptr || !links->is_array()) return object;
    for (auto const& link_to : links->get_array()) {
        auto const* const to =
            link_to.is_object() ? link_to.get_object().if_contains("to") : nullptr;
        if (to == nullptr || !to->is_object()) return refuse("an association has to and types");
        // Type 3 is deal to contact, 4 contact to deal.
        auto const other = type == "deals" ? "contacts" : "deals";
        if (auto linked = link(type, id, other, text(to->get_object(), "id")); !linked)
            return linked;
    }
    return object;
}

Result Crm::create(std::string_view type, json::value const& body) {
    std::lock_guard const lock(mutex_);
    auto made = add(type, body);
    if (!made) return std::unexpected(made.error());
    return Done{created, std::move(*made)};
}

Result Crm::get(std::string_view type, std::string_view id, std::string_view id_property) {
    std::lock_guard const lock(mutex_);
    auto const found = find(type, id, id_property);
    if (!found) return std::unexpected(found.error());
    return Done{.body = **found};
}

Result Crm::change(std::string_view type, std::string_view id, std::string_view id_property,
                   json::value const& body) {
    std::lock_guard const lock(mutex_);
    auto const found = find(type, id, id_property);
    if (!found) return std::unexpected(found.error());
    auto const* const given = body.if_object();
    auto const* const properties = given == nullptr ? nullptr : given->if_contains("properties");
    if (properties == nullptr) return refuse("properties is required");
    auto changed = set(**found, type, *properties);
    if (!changed) return std::unexpected(changed.error());
    return Done{.body = std::move(*changed)};
}

Result Crm::archive(std::string_view type, std::string_view id) {
    std::lock_guard const lock(mutex_);
    objects(type).remove(id);
    return Done{.status = no_content, .body = {}};
}

Result Crm::search(std::string_view type, json::value const& body) {
    constexpr std::int64_t limit_max = 200, limit_default = 10;
    std::lock_guard const lock(mutex_);
    auto const* const given = body.if_object();
    if (given == nullptr) return refuse("the body is an object");
    auto const* const groups = given->if_contains("filterGroups");
    json::array const filters =
        groups != nullptr && groups->is_array() ? groups->get_array() : json::array{};
    if (auto problem = problem_of(filters); !problem.empty()) return refuse(std::move(problem));
    auto const* const wanted = given->if_contains("limit");
    auto const limit =
        wanted != nullptr && wanted->is_int64() ? wanted->get_int64() : limit_default;
    if (limit < 0 || limit > limit_max) return refuse("limit is from 0 to 200");
    json::array results;
    std::int64_t total = 0;
    for (auto const& [id, object] : objects(type).in_order()) {
        auto const& properties = object.at("properties").as_object();
        bool const found =
            filters.empty() || std::ranges::any_of(filters, [&](json::value const& group) {
                return matches_group(properties, group);
            });
        if (!found) continue;
        if (total++ < limit) results.push_back(object);
    }
    return Done{.body = {{"total", total}, {"results", std::move(results)}}};
}

Crm::One Crm::upsert(std::string_view type, Object const& input) {
    auto const property = text(input, "idProperty");
    auto const id = text(input, "id");
    auto const found = find(type, id, property);
    if (!found && found.error().status != not_found) return std::unexpected(found.error());
    auto filled = input;
    auto const* const properties = input.if_contains("properties");
    if (properties == nullptr || !properties->is_object()) return refuse("properties is required");
    if (!property.empty() && property != "hs_object_id")
        filled["properties"].as_object()[property] = id;
    auto one = found ? set(**found, type, filled.at("properties")) : add(type, filled);
    if (one) (*one)["new"] = !found.has_value();
    return one;
}

Crm::One Crm::carry_out(Batch what, std::string_view type, Object const& input) {
    if (what == Batch::create) return add(type, input);
    if (what == Batch::upsert) return upsert(type, input);
    auto const found = find(type, text(input, "id"), text(input, "idProperty"));
    if (!found) return std::unexpected(found.error());
    if (what == Batch::read) return **found;
    if (what == Batch::update) {
        auto const* const properties = input.if_contains("properties");
        if (properties == nullptr) return refuse("properties is required");
        return set(**found, type, *properties);
    }
    auto gone = **found;
    objects(type).remove(text(gone, "id"));
    return gone;
}

Result Crm::batch(Batch what, std::string_view type, json::value const& body) {
    std::lock_guard const lock(mutex_);
    auto const* const given = body.if_object();
    auto const* const inputs = given == nullptr ? nullptr : given->if_contains("inputs");
    if (inputs == nullptr || !inputs->is_array()) return refuse("inputs is a list");
    auto const& list = inputs->get_array();
    if (list.empty() || list.size() > batch_max)
        return refuse(fmt::format("inputs has from 1 to {} entries", batch_max));
    std::set<std::string_view> ids;
    for (auto const& input : list) {
        if (!input.is_object()) return refuse("each input is an object");
        auto const id = text(input.get_object(), "id");
        if (!id.empty() && !ids.insert(id).second)
            return refuse(fmt::format("Duplicate IDs found in batch input: [{}]", id));
    }
    auto const started = to_iso(clock_.now());
    json::array results, errors;
    for (auto const& input : list) {
        auto one = carry_out(what, type, input.get_object());
        if (one) {
            results.push_back(std::move(*one));
        } else if (list.size() == 1 && what != Batch::read) {
            return std::unexpected(one.error());
        } else {
            errors.push_back({{"status", "error"},
                              {"category", one.error().category},
                              {"message", one.error().message},
                              {"context", {{"id", {text(input.get_object(), "id")}}}}});
        }
    }
    if (what == Batch::archive) return Done{.status = no_content, .body = {}};
    auto const worked = what == Batch::create ? created : Done{}.status;
    Done done{.status = errors.empty() ? worked : multi_status,
              .body = {{"status", "COMPLETE"},
                       {"results", std::move(results)},
                       {"startedAt", started},
                       {"completedAt", to_iso(clock_.now())}}};
    if (!errors.empty()) {
        done.body["numErrors"] = static_cast<std::int64_t>(errors.size());
        done.body["errors"] = std::move(errors);
    }
    return done;
}

Result Crm::add_property(std::string_view type, json::value const& body) {
    constexpr std::size_t properties_max = 1000;
    std::lock_guard const lock(mutex_);
    auto const* const given = body.if_object();
    auto const name = given == nullptr ? std::string_view{} : text(*given, "name");
    if (name.empty()) return refuse("name is required");
    auto const* const unique = given->if_contains("hasUniqueValue");
    if (unique == nullptr || !unique->is_bool() || !unique->get_bool())
        return Done{created, *given};
    if (unique_.size() >= properties_max) return refuse("too many properties");
    bool const is_new = unique_.insert({std::string(type), std::string(name)}).second;
    if (!is_new)
        return std::unexpected(
            Problem{.status = conflict,
                    .category = "OBJECT_ALREADY_EXISTS",
                    .message = fmt::format("A property named '{}' already exists.", name)});
    return Done{created, *given};
}

Crm::One Crm::link(std::string_view type, std::string_view id, std::string_view other_type,
                   std::string_view other_id) {
    auto const one = find(type, id, {});
    auto const other = find(other_type, other_id, {});
    if (!one || !other) return missing();
    auto& there = links_[link_key(type, id, other_type)];
    auto& back = links_[link_key(other_type, other_id, type)];
    if (there.size() >= associations_max || back.size() >= associations_max)
        return refuse("too many associations");
    there.emplace(other_id);
    back.emplace(id);
    return Object{{"fromObjectTypeId", type},
                  {"fromObjectId", id},
                  {"toObjectTypeId", other_type},
                  {"toObjectId", other_id},
                  {"labels", json::array{}}};
}

Result Crm::associate(std::string_view type, std::string_view id, std::string_view other_type,
                      std::string_view other_id) {
    std::lock_guard const lock(mutex_);
    auto linked = link(type, id, other_type, other_id);
    if (!linked) return std::unexpected(linked.error());
    return Done{created, std::move(*linked)};
}

Result Crm::associations(std::string_view type, std::string_view id, std::string_view other_type) {
    std::lock_guard const lock(mutex_);
    if (auto const found = find(type, id, {}); !found) return std::unexpected(found.error());
    json::array results;
    auto const found = links_.find(link_key(type, id, other_type));
    if (found != links_.end())
        for (auto const& other : found->second)
            results.push_back({{"toObjectId", other}, {"associationTypes", json::array{}}});
    return Done{.body = {{"results", std::move(results)}}};
}

void Crm::forget() {
    std::lock_guard const lock(mutex_);
    for (auto& [type, all] : objects_) all.clear();
    links_.clear();
    make_house_properties();
}

}  // namespace cartwright::sandbox::hubspot
