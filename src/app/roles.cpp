#include "app/roles.hpp"

#include <stdexcept>

#include "base/text.hpp"

namespace cartwright::app {

Roles read_roles(std::string_view text) {
    Roles roles;
    for (auto const& word : text::split_at_commas(text)) {
        if (word == "web") {
            roles.web = true;
        } else if (word == "worker") {
            roles.worker = true;
        } else {
            throw std::invalid_argument("expected web, worker, or both with a comma");
        }
    }
    return roles;
}

}  // namespace cartwright::app
