#include "app/commands/verify.hpp"

#include <fmt/core.h>

#include "app/database.hpp"
#include "features/carts/carts.hpp"
#include "features/catalog/catalog.hpp"
#include "features/identity/verify.hpp"
#include "features/orders/orders.hpp"
#include "features/payments/payments.hpp"

namespace cartwright::app {

int run_verify(Invocation const& invocation) {
    constexpr std::size_t findings_max = 100;  // of each kind
    auto const database = open_existing_database(invocation.settings);
    // One snapshot, so that a serving neighbour's sales cannot fall between two questions.
    auto const findings = database->read([](db::Read& read) {
        std::vector<std::string> found;
        for (auto const& off : catalog::Catalog::verify_stock(read, findings_max))
            found.push_back(fmt::format("product {}: the stock is {}, its ledger adds up to {}",
                                        off.product.value, off.stock, off.ledger));
        for (auto const& more :
             {carts::Carts::verify(read, findings_max), orders::Orders::verify(read, findings_max),
              payments::Payments::verify(read, findings_max), identity::verify(read, findings_max)})
            found.insert(found.end(), more.begin(), more.end());
        return found;
    });
    for (auto const& finding : findings) fmt::print("{}\n", finding);
    if (findings.empty()) {
        fmt::print("the books are right: stock, ledger, carts, orders and payments agree\n");
        return 0;
    }
    fmt::print("{} findings\n", findings.size());
    return 1;
}

}  // namespace cartwright::app
