#include "platform/db/postgres/dump.hpp"

#include <libpq-fe.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace cartwright::db::postgres {
namespace {

struct FreeOptions {
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

/// This process's environment, but where libpq's variables are concerned the URL's.
std::vector<std::string> environment_for(std::string const& url) {
    std::unique_ptr<PQconninfoOption, FreeOptions> const options(
        PQconninfoParse(url.c_str(), nullptr));
    if (!options) throw std::runtime_error("the database URL cannot be understood");
    std::vector<std::string> variables;
    for (auto const* option = options.get(); option->keyword != nullptr; ++option)
        if (option->envvar != nullptr && option->val != nullptr)
            variables.push_back(std::string(option->envvar) + "=" + option->val);
    auto const named = [&](std::string_view name) {
        return std::ranges::any_of(variables, [&](std::string const& variable) {
            return variable.starts_with(name) && variable[name.size()] == '=';
        });
    };
    std::vector<std::string> inherited;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        std::string_view const text = *variable;
        if (!named(text.substr(0, text.find('=')))) inherited.emplace_back(text);
    }
    variables.insert(variables.end(), inherited.begin(), inherited.end());
    return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace

void dump(std::string const& url, std::string const& to) {
    auto variables = environment_for(url);
    std::vector<std::string> words{"pg_dump",         "--format=custom", "--no-owner",
                                   "--no-privileges", "--no-password",   "--file=" + to};
    auto environment = pointers(variables);
    auto arguments = pointers(words);
    pid_t process = 0;
    if (::posix_spawnp(&process, "pg_dump", nullptr, nullptr, arguments.data(),
                       environment.data()) != 0)
        throw std::runtime_error("pg_dump is not installed (Debian: postgresql-client)");
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        throw std::runtime_error("pg_dump failed; it said why above");
}

}  // namespace cartwright::db::postgres
