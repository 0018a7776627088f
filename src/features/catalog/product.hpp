#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/ids.hpp"
#include "base/money.hpp"
#include "base/time.hpp"

namespace cartwright::catalog {

struct Category {
    CategoryId id;
    StoreId store;
    std::string name;
    std::string slug;
    std::string description;
};

/// A product as the catalogue has it at one moment: the only source of names and prices (contract
/// §4).
struct Product {
    ProductId id;
    StoreId store;
    CategoryId category;
    std::string public_id;  ///< unique in its store: "prod_001"
    std::string name;
    std::string slug;
    std::string description;
    Money price;
    std::int64_t stock = 0;
    std::optional<std::string> image;  ///< a path below media/, or a whole URL
    bool active = true;
    bool deleted = false;
    Instant created_at;
    Instant updated_at;

    /// Whether it may be bought and is listed: neither deleted nor switched off.
    bool on_sale() const { return active && !deleted; }
};

}  // namespace cartwright::catalog
