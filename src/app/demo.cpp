#include "app/demo.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/embedded.hpp"

namespace cartwright::app {
namespace {

void make_admin(identity::Identity& identity) {
    auto const made = identity.create_admin(demo_email, demo_password);
    if (made) return;
    switch (made.error()) {
        case identity::CreateAdminRefusal::email_taken: return;  // from an earlier run
        case identity::CreateAdminRefusal::not_an_email:
        case identity::CreateAdminRefusal::weak_password: break;
    }
    check(false, "the demo admin's credentials keep the rules");
}

}  // namespace

void print_demo_welcome(std::string_view base_url) {
    fmt::print(
        "\n"
        "  Cartwright serves the demo shop on {0}\n\n"
        "    open        {0}/docs/   (every route, with a button to try it)\n"
        "    log in as   {1}  {2}\n\n"
        "  or ask it from another terminal for lanterns:\n\n"
        "    curl -s '{0}/api/v1/products/?search=lantern&page_size=3' -H \"Authorization: Bearer "
        "$(\n"
        "      curl -s {0}/api/v1/auth/login/ -H 'Content-Type: application/json' \\\n"
        "        -d '{{\"email\": \"{1}\", \"password\": \"{2}\"}}' |\n"
        "        sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\"\n\n"
        "  Ctrl-C ends it.\n\n",
        base_url, demo_email, demo_password);
    std::fflush(stdout);
}

void prepare_demo(Application& application) {
    make_admin(application.identity());
    load_demo_catalogue(application);
}

}  // namespace cartwright::app
