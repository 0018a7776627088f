#include "app/command.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>
#include <exception>

namespace cartwright::app {
namespace {

constexpr std::string_view config_option = "--config";

Command const* find(std::string_view name) {
    auto const table = commands();
    auto const found = std::ranges::find(table, name, &Command::name);
    return found == table.end() ? nullptr : &*found;
}

void print_help() {
    fmt::print("Cartwright {}: the commerce backend that is one binary.\n\n", CARTWRIGHT_VERSION);
    fmt::print("Usage: cartwright [--config FILE] COMMAND [OPTION ...]\n\nCommands:\n");
    for (auto const& command : commands())
        fmt::print("  {:<28} {}\n", fmt::format("{} {}", command.name, command.operands),
                   command.about);
    fmt::print(
        "\n  --config FILE                a TOML file of settings; CARTWRIGHT_… variables override "
        "it\n"
        "  --help, --version            of the program; COMMAND --help tells of a command\n");
}

/// "import [OPTION ...] FILE"
std::string usage(Command const& command) {
    std::string line(command.name);
    if (!command.options.empty()) line += " [OPTION ...]";
    if (!command.operands.empty()) line.append(" ").append(command.operands);
    return line;
}

void print_help(Command const& command) {
    fmt::print("Usage: cartwright {}\n\n{}\n", usage(command), command.about);
    if (!command.options.empty()) fmt::print("\nOptions:\n");
    for (auto const& option : command.options)
        fmt::print("  {:<28} {}\n", fmt::format("{} {}", option.name, option.value), option.about);
}

/// A command line taken apart, before its settings are read.
struct Parsed {
    Command const* command = nullptr;
    bool help = false;
    bool version = false;
    std::optional<std::string> config_file;
    Invocation invocation;
};

class Parser {
public:
    explicit Parser(std::span<char const* const> arguments) : rest_(arguments) {}

    Parsed parse() {
        while (!rest_.empty()) take(next());
        return std::move(parsed_);
    }

private:
    std::string_view next() {
        std::string_view const argument(rest_.front());
        rest_ = rest_.subspan(1);
        return argument;
    }

    std::string value_of(std::string_view option) {
        if (rest_.empty()) throw UsageError(fmt::format("{} wants a value", option));
        return std::string(next());
    }

    void take(std::string_view argument) {
        if (argument.substr(0, argument.find('=')) == config_option) {
            auto const equals = argument.find('=');
            parsed_.config_file = equals == std::string_view::npos
                                      ? value_of(argument)
                                      : std::string(argument.substr(equals + 1));
        } else if (argument == "--help" || argument == "-h") {
            parsed_.help = true;
        } else if (argument == "--version" && parsed_.command == nullptr) {
            parsed_.version = true;
        } else if (argument.starts_with("--")) {
            take_option(argument);
        } else if (parsed_.command == nullptr) {
            parsed_.command = find(argument);
            if (parsed_.command == nullptr)
                throw UsageError(fmt::format("there is no command {}", argument));
        } else {
            parsed_.invocation.operands.emplace_back(argument);
        }
    }

    void take_option(std::string_view argument) {
        auto const equals = argument.find('=');
        auto const name = argument.substr(0, equals);
        if (parsed_.command == nullptr)
            throw UsageError(fmt::format("there is no option {} before a command", name));
        auto const& known = parsed_.command->options;
        auto const option = std::ranges::find(known, name, &Option::name);
        if (option == known.end())
            throw UsageError(fmt::format("{} has no option {}", parsed_.command->name, name));
        std::string value;
        if (equals != std::string_view::npos && option->value.empty())
            throw UsageError(fmt::format("{} takes no value", name));
        if (equals != std::string_view::npos)
            value = std::string(argument.substr(equals + 1));
        else if (!option->value.empty())
            value = value_of(name);
        parsed_.invocation.options.insert_or_assign(std::string(name), std::move(value));
    }

    std::span<char const* const> rest_;
    Parsed parsed_;
};

int run(Parsed parsed) {
    if (parsed.version) {
        fmt::print("cartwright {}\n", CARTWRIGHT_VERSION);
        return 0;
    }
    if (parsed.command == nullptr) {
        print_help();
        return parsed.help ? 0 : 2;
    }
    if (parsed.help) {
        print_help(*parsed.command);
        return 0;
    }
    auto const wanted = parsed.command->operand_count;
    if (parsed.invocation.operands.size() != wanted)
        throw UsageError(fmt::format("usage: cartwright {}", usage(*parsed.command)));
    auto loaded = config::load(parsed.config_file, config::environment());
    for (auto const& warning : loaded.warnings) fmt::print(stderr, "warning: {}\n", warning);
    parsed.invocation.settings = std::move(loaded.settings);
    return parsed.command->run(parsed.invocation);
}

}  // namespace

std::optional<std::string> Invocation::get(std::string_view option) const {
    auto const found = options.find(option);
    return found == options.end() ? std::nullopt : std::optional(found->second);
}

std::string Invocation::required(std::string_view option) const {
    auto found = get(option);
    if (!found || found->empty()) throw UsageError(fmt::format("{} is required", option));
    return *std::move(found);
}

int run_command_line(std::span<char const* const> arguments) {
    try {
        return run(Parser(arguments).parse());
    } catch (UsageError const& error) {
        fmt::print(stderr, "cartwright: {} (see cartwright --help)\n", error.what());
        return 2;
    } catch (config::Invalid const& error) {
        fmt::print(stderr, "cartwright: {}\n", error.what());
        return 2;
    } catch (std::exception const& error) {
        fmt::print(stderr, "cartwright: {}\n", error.what());
        return 1;
    }
}

}  // namespace cartwright::app
