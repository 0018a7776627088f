#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/time.hpp"
#include "sandbox/bounded.hpp"

namespace cartwright::sandbox::hubspot {

/// A refusal in HubSpot's shape. Source: gateways §4.
struct Problem {
    int status = 400;
    std::string category = "VALIDATION_ERROR";
    std::string message;
};

/// An answer's status and body.
struct Done {
    int status = 200;
    boost::json::object body;
};
using Result = std::expected<Done, Problem>;

/// What a batch does with each of its inputs.
enum class Batch { create, upsert, update, read, archive };

/// One HubSpot portal: objects of any type, found by id or by a property whose values are unique
/// (contacts' email, deals' cartwright_order_number, and those created as such). Types are those of
/// `types`. Any thread.
class Crm {
public:
    static constexpr std::size_t batch_max = 100;
    static constexpr std::size_t associations_max = 500;  ///< of one object with one type

    static constexpr std::array<std::string_view, 7> types{
        "contacts", "companies", "deals", "tickets", "products", "line_items", "orders"};

    Crm(Clock const& clock, std::size_t objects_max);

    Result create(std::string_view type, boost::json::value const& body);
    Result get(std::string_view type, std::string_view id, std::string_view id_property);
    Result change(std::string_view type, std::string_view id, std::string_view id_property,
                  boost::json::value const& body);
    Result archive(std::string_view type, std::string_view id);
    Result search(std::string_view type, boost::json::value const& body);
    Result batch(Batch what, std::string_view type, boost::json::value const& body);
    Result add_property(std::string_view type, boost::json::value const& body);
    /// Both must exist.
    Result associate(std::string_view type, std::string_view id, std::string_view other_type,
                     std::string_view other_id);
    Result associations(std::string_view type, std::string_view id, std::string_view other_type);
    void forget();
    std::string now() const { return to_iso(clock_.now()); }

private:
    using Object = boost::json::object;
    using One = std::expected<Object, Problem>;

    // All of these with the mutex held.
    Bounded<Object>& objects(std::string_view type);
    bool is_unique(std::string_view type, std::string_view property) const;
    std::expected<Object*, Problem> find(std::string_view type, std::string_view id,
                                         std::string_view id_property);
    One add(std::string_view type, boost::json::value const& input);
    One set(Object& object, std::string_view type, boost::json::value const& properties);
    One carry_out(Batch what, std::string_view type, Object const& input);
    One upsert(std::string_view type, Object const& input);
    One link(std::string_view type, std::string_view id, std::string_view other_type,
             std::string_view other_id);
    void make_house_properties();

    Clock const& clock_;
    std::mutex mutex_;
    std::map<std::string, Bounded<Object>, std::less<>> objects_;
    std::set<std::pair<std::string, std::string>> unique_;  ///< type and property
    /// type, id and other type: the other ids
    std::map<std::string, std::set<std::string>, std::less<>> links_;
    std::int64_t next_id_ = 101;
};

}  // namespace cartwright::sandbox::hubspot
