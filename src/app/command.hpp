#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/config/settings.hpp"

namespace cartwright::app {

/// An option of a sub-command: `--email E`, or a flag without a value.
struct Option {
    std::string_view name;   ///< "--email"
    std::string_view value;  ///< what its value is called in the help; empty for a flag
    std::string_view about;
};

/// A command line that cannot be understood; exit status 2.
class UsageError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A sub-command as it was called.
struct Invocation {
    config::Settings settings;
    std::vector<std::string> operands;
    std::map<std::string, std::string, std::less<>> options;  ///< a flag's value is empty

    bool has(std::string_view option) const { return options.contains(option); }
    std::optional<std::string> get(std::string_view option) const;
    /// Throws `UsageError` where it is absent.
    std::string required(std::string_view option) const;
};

/// A sub-command. All of them are in the table of commands.cpp.
struct Command {
    std::string_view name;
    std::string_view operands;  ///< in the help: "FILE"
    std::size_t operand_count = 0;
    std::string_view about;
    std::vector<Option> options;
    int (*run)(Invocation const&);  ///< returns the exit status
};

std::span<Command const> commands();

/// Finds the sub-command, its options and settings, and runs it. Returns the exit status: 0 done, 1
/// it failed or found something wrong, 2 the command line or a setting cannot be used.
int run_command_line(std::span<char const* const> arguments);

}  // namespace cartwright::app
