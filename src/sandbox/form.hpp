#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/router.hpp"

namespace cartwright::sandbox {

/// The fields that a call carries in its form body, or in its query where it has none to carry.
/// Names are as sent: "metadata[order_id]", "expand[0]".
class Form {
public:
    explicit Form(http::Call const& call);
    explicit Form(std::string_view encoded);

    std::optional<std::string_view> get(std::string_view name) const;
    std::string text(std::string_view name) const { return std::string(get(name).value_or("")); }
    bool flag(std::string_view name) const { return get(name) == "true"; }
    /// The fields "name[key]", as pairs of key and value; for a list the keys are "0", "1" … or "".
    std::vector<std::pair<std::string, std::string>> under(std::string_view name) const;
    std::vector<std::pair<std::string, std::string>> const& fields() const { return fields_; }

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace cartwright::sandbox
