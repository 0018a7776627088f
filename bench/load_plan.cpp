#include "load_plan.hpp"

#include <fmt/core.h>

#include <charconv>
#include <fstream>

namespace cartwright::bench {
namespace {

std::vector<std::string> lines_of(std::string const& path) {
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty()) lines.push_back(line);
    }
    return lines;
}

template <class Number>
bool number(std::string_view text, Number& out) {
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

/// Sets the option; false where there is none of that name or its value makes no sense.
bool set(Options& options, std::string_view name, std::string const& value) {
    if (name == "--port") return number(value, options.port);
    if (name == "--connections") return number(value, options.connections);
    if (name == "--seconds") return number(value, options.seconds);
    if (name == "--rate") return number(value, options.rate);
    if (name == "--lines") return number(value, options.lines);
    if (name == "--tokens")
        options.tokens = lines_of(value);
    else if (name == "--paths")
        options.paths = lines_of(value);
    else if (name == "--bodies")
        options.bodies = lines_of(value);
    else if (name == "--orders")
        options.orders = lines_of(value);
    else if (name == "--products") {
        auto const dash = value.find('-');
        return dash != std::string::npos &&
               number(std::string_view(value).substr(0, dash), options.product_first) &&
               number(std::string_view(value).substr(dash + 1), options.product_last);
    } else {
        return false;
    }
    return true;
}

std::string post(std::string_view path, std::string_view token, std::string_view body) {
    auto const authorization =
        token.empty() ? std::string() : fmt::format("Authorization: Bearer {}\r\n", token);
    return fmt::format(
        "POST {} HTTP/1.1\r\nHost: shop.example\r\n{}Content-Type: application/json\r\n"
        "Content-Length: {}\r\n\r\n{}",
        path, authorization, body.size(), body);
}

}  // namespace

std::optional<std::string> parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) return fmt::format("{} needs a value", argv[i]);
        if (!set(options, argv[i], argv[i + 1])) {
            return fmt::format("{} {} is not understood", argv[i], argv[i + 1]);
        }
    }
    bool const orders = options.product_last > 0;
    if (options.port < 1 || options.connections < 1 || options.connections > 4096 ||
        options.lines < 1 || options.product_first > options.product_last) {
        return "a port, 1 to 4096 connections, at least a line and a product are needed";
    }
    if (!orders && options.paths.empty()) return "--paths or --products says what to ask for";
    if (orders && options.tokens.size() < static_cast<std::size_t>(options.connections)) {
        return "each connection that orders needs a customer: more --tokens";
    }
    if (!options.orders.empty() && options.orders.size() != options.tokens.size()) {
        return "--orders has a line for each of the --tokens";
    }
    return std::nullopt;
}

Plan::Plan(Options const& options)
    : options_(options), steps_(options.product_last > 0 ? options.lines + 1 : 1) {}

std::string Plan::request(std::size_t connection, int step) {
    auto const token = options_.tokens.empty()
                           ? std::string_view()
                           : std::string_view(options_.tokens[connection % options_.tokens.size()]);
    if (options_.product_last > 0) {
        if (step + 1 == steps_ && !options_.orders.empty()) {
            return post("/api/auth/orders/", token,
                        options_.orders[connection % options_.orders.size()]);
        }
        if (step + 1 == steps_) {
            return post(
                "/api/v1/cart/checkout/", token,
                R"({"shipping_address":"1 Bench Street","billing_address":"1 Bench Street"})");
        }
        std::uniform_int_distribution pick(options_.product_first, options_.product_last);
        return post("/api/v1/cart/", token,
                    fmt::format(R"({{"product_id":{},"quantity":1}})", pick(random_)));
    }
    auto const any = [&](std::vector<std::string> const& of) -> std::string const& {
        return of[std::uniform_int_distribution<std::size_t>(0, of.size() - 1)(random_)];
    };
    auto const& path = any(options_.paths);
    if (!options_.bodies.empty()) return post(path, token, any(options_.bodies));
    auto const authorization =
        token.empty() ? std::string() : fmt::format("Authorization: Bearer {}\r\n", token);
    return fmt::format(
        "GET {} HTTP/1.1\r\nHost: shop.example\r\n{}Accept: application/json\r\n"
        "User-Agent: load\r\n\r\n",
        path, authorization);
}

bool Plan::good(int /*step*/, int status) const {
    return status >= 200 && status < 300;
}

}  // namespace cartwright::bench
