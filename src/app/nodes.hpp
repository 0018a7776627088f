#pragma once

#include <memory>
#include <vector>

#include "app/roles.hpp"
#include "features/catalog/catalog.hpp"
#include "features/identity/identity.hpp"
#include "features/stores/stores.hpp"
#include "platform/config/settings.hpp"
#include "platform/http/shared_rates.hpp"
#include "platform/jobs/outbox.hpp"
#include "platform/metrics/registry.hpp"
#include "platform/redis/broadcast.hpp"
#include "platform/redis/client.hpp"
#include "surfaces/ops/health.hpp"

namespace cartwright::app {

/// What ties this node to the others by Redis: the counts of rate limits, and news of what a commit
/// has changed, so that others need not find out by asking the database. Without `redis_url` it
/// ties nothing.
class Nodes {
public:
    Nodes(config::Settings const& settings, metrics::Registry& registry);

    /// Tells the others of what these commit from now on, and these of what others have.
    struct Features {
        identity::Identity& identity;
        catalog::Catalog& catalog;
        stores::Stores& stores;
        jobs::Outbox& outbox;
    };
    void connect(Features const& features, Roles const& roles);
    /// Begins to listen, and waits a moment for Redis, which may be away.
    void start();

    /// Null where this node counts alone.
    http::SharedRates* rates() { return rates_.get(); }
    /// Adds Redis to what `/health/ready` tells of, where there is one.
    void add_to(std::vector<ops::Part>& parts) const;

private:
    void observe(metrics::Registry& registry);

    std::unique_ptr<redis::Client> client_;  ///< all null: this node is alone
    std::unique_ptr<redis::Broadcast> news_;
    std::unique_ptr<http::SharedRates> rates_;
};

}  // namespace cartwright::app
