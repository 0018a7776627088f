#include "surfaces/ops/metrics.hpp"

namespace cartwright::ops {

void mount_metrics(http::Router& router, metrics::Registry const& registry) {
    router.add({.method = http::Method::get,
                .path = "/metrics",
                .access = http::Access::anyone,
                .lane = http::Lane::read,
                .doc = {.summary = "Counts and timings for Prometheus", .tag = "Operations"},
                .handler =
                    [&registry](http::Call const&) {
                        return http::Response{
                            .body = registry.text(),
                            .content_type = "text/plain; version=0.0.4; charset=utf-8",
                            .headers = {{"Cache-Control", "no-store"}}};
                    },
                .from_memory = true});
}

}  // namespace cartwright::ops
