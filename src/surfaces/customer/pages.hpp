#pragma once

#include <optional>
#include <string_view>

#include "features/payments/payment.hpp"
#include "platform/http/router.hpp"
#include "surfaces/common/app_links.hpp"

namespace cartwright::customer {

/// Whether a person looks at the answer: the request says that it would take HTML.
bool wants_page(http::Request const& request);

/// The few pages of this surface: where the links in mails lead in a browser. They carry no script,
/// and a Content-Security-Policy sees to that.
class Pages {
public:
    explicit Pages(common::App app) : app_(std::move(app)) {}

    http::Response verified(http::Request const& request, std::string_view token) const;
    http::Response not_verified() const;
    /// Asks for the new password. `problem` is what was wrong with the last one.
    http::Response ask_for_password(std::string_view token, std::string_view problem) const;
    http::Response password_was_reset(http::Request const& request) const;
    http::Response not_reset() const;
    /// Where a gateway's page leads back to. Nothing: it is not known what became of the payment.
    http::Response came_back_from_paying(http::Request const& request,
                                         std::optional<payments::Status> status) const;

private:
    http::Response page(int status, std::string_view kind, std::string_view heading,
                        std::string_view text, std::string inside_html) const;
    std::string open_app(http::Request const& request, std::string_view what) const;

    common::App app_;
};

/// Serves the pages' style sheet.
void mount_page_style(http::Router& router);

}  // namespace cartwright::customer
