#include "app/roles.hpp"

#include <stdexcept>

namespace cartwright::app {

Roles read_roles(std::string_view text) {
    Roles roles;
    for (bool more = true; more;) {
        auto const comma = text.find(',');
        auto const word = text.substr(0, comma);
        if (word == "web") {
            roles.web = true;
        } else if (word == "worker") {
            roles.worker = true;
        } else {
            throw std::invalid_argument("role: expected web, worker, or both with a comma");
        }
        more = comma != std::string_view::npos;
        text.remove_prefix(more ? comma + 1 : text.size());
    }
    return roles;
}

}  // namespace cartwright::app
