#include <span>

#include "app/command.hpp"

int main(int count, char** arguments) {
    return cartwright::app::run_command_line(
        std::span<char const* const>(arguments, static_cast<std::size_t>(count)).subspan(1));
}
