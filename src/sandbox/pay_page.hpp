#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/http/message.hpp"
#include "platform/http/router.hpp"

namespace cartwright::sandbox {

/// A page on which a person decides what becomes of a payment. Nothing of it needs escaping
/// beforehand.
struct PayPage {
    std::string_view gateway;  ///< "Paytm"
    std::string amount;        ///< "₹ 1130.00"
    std::string order;         ///< the merchant's number for it
    std::string action;        ///< where its form goes, by POST
    std::vector<std::pair<std::string_view, std::string_view>> modes = {};  ///< value and words
    std::string_view pay = "Pay";
    std::string_view decline = "Decline";
};

http::Response pay_page(PayPage const& page);
/// The page that says what has become of it.
http::Response outcome_page(std::string_view gateway, std::string_view title,
                            std::string_view sentence);
/// A page whose form takes the buyer's browser back to the merchant by POST, at once where scripts
/// run and by a button where they do not.
http::Response return_page(std::string_view gateway, std::string_view url,
                           std::vector<std::pair<std::string, std::string>> const& fields);

/// The style that the pages share, at /sandbox/pay.css, and the script of the return page.
void mount_page_files(http::Router& router);

/// As text of an HTML document or attribute.
std::string escape_html(std::string_view text);

/// "1130.00" for 113000.
std::string with_two_places(std::int64_t minor);

}  // namespace cartwright::sandbox
