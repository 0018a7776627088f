#pragma once

#include <string>
#include <string_view>

/// What the surfaces have in common without being one: words and links that are the same in all.
namespace cartwright::common {

/// Whose app, and what it is called.
struct App {
    std::string brand;    ///< "S2Cart"
    std::string scheme;   ///< "s2cart"
    std::string package;  ///< "com.s2cart"
};

/// `text` as part of HTML: & < > " ' escaped.
std::string escape_html(std::string_view text);

/// `template_text` with every `{{name}}` of `values` replaced, escaped for HTML unless the name
/// ends in "_html". A `Bug` for a name without a value.
std::string fill_template(std::string_view template_text,
                          std::initializer_list<std::pair<std::string_view, std::string>> values);

/// A file that the binary carries; a `Bug` where it does not.
std::string_view embedded_text(std::string_view path);

/// "s2cart://verify?token=…&otp=…": opens the app where it is installed. `what` is
/// "verify?token=…".
std::string deep_link(App const& app, std::string_view what);

/// The same as Android's browsers take it from a page or a mail, with the Play Store for who has
/// not installed the app. Source: customer-api "Android Deep Linking", contract §3.
std::string intent_link(App const& app, std::string_view what);

}  // namespace cartwright::common
