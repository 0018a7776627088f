#include "app/demo.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/check.hpp"
#include "base/embedded.hpp"
#include "features/catalog_io/import_products.hpp"

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

/// Imports the catalogue that the binary carries. It goes by way of a file, for that is what an
/// import reads.
void load_catalogue(Application& application, std::string const& data_dir) {
    auto const files = embedded_files();
    auto const packed = std::ranges::find(files, "demo/catalogue.csv.gz", &EmbeddedFile::path);
    check(packed != files.end(), "the binary carries the demo catalogue");
    auto const path = std::filesystem::path(data_dir) / "demo-catalogue.csv.gz";
    std::ofstream(path, std::ios::binary) << packed->content;
    auto const store = application.stores().active(std::nullopt);
    check(store.has_value(), "there is a default store");
    catalog_io::import_products(
        application.database(), application.catalog(),
        [&] { return catalog_io::open_file(path, catalog_io::Limits{}.bytes_max); },
        {.store = store->id}, {});
    std::filesystem::remove(path);
    // In rupees: Paytm and PhonePe take nothing else, and Stripe takes any currency.
    auto const changed = application.stores().change(store->id, {.currency = "INR"}, {});
    check(changed.has_value(), "the default store is there");
}

bool has_products(Application& application) {
    static constexpr db::Query any{"demo.any_product", "SELECT 1 FROM products LIMIT 1"};
    return application.database()
        .read([](db::Read& read) {
            return read.first(any, [](db::Row const& row) { return row.integer(0); });
        })
        .has_value();
}

}  // namespace

void print_demo_welcome(std::string_view base_url, std::string_view sandbox_url) {
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
        "{3}  Ctrl-C ends it.\n\n",
        base_url, demo_email, demo_password,
        sandbox_url.empty() ? std::string{}
                            : fmt::format("  Payments go to the sandbox on {}: no account, no "
                                          "money (docs/sandbox.md).\n\n",
                                          sandbox_url));
    std::fflush(stdout);
}

void prepare_demo(Application& application, std::string const& data_dir) {
    make_admin(application.identity());
    if (!has_products(application)) load_catalogue(application, data_dir);
}

}  // namespace cartwright::app
