#include "base/time.hpp"

#include <array>
#include <cstdio>

namespace cartwright {
namespace {

/// Two digits, and where the text goes on.
char* put_two(char* at, unsigned number) {
    *at++ = static_cast<char>('0' + number / 10 % 10);
    *at++ = static_cast<char>('0' + number % 10);
    return at;
}

}  // namespace

Instant SystemClock::now() const {
    return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

void append_iso(std::string& out, Instant at) {
    auto const day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date{day};
    std::chrono::hh_mm_ss const time{at - day};
    auto const year = static_cast<unsigned>(static_cast<int>(date.year()));
    std::array<char, 20> text{"0000-00-00T00:00:0"};
    put_two(put_two(text.data(), year / 100), year % 100);
    put_two(text.data() + 5, static_cast<unsigned>(date.month()));
    put_two(text.data() + 8, static_cast<unsigned>(date.day()));
    put_two(text.data() + 11, static_cast<unsigned>(time.hours().count()));
    put_two(text.data() + 14, static_cast<unsigned>(time.minutes().count()));
    put_two(text.data() + 17, static_cast<unsigned>(time.seconds().count()));
    text[19] = 'Z';
    out.append(text.data(), text.size());
}

std::string to_iso(Instant at) {
    std::string out;
    append_iso(out, at);
    return out;
}

std::string to_http_date(Instant at) {
    constexpr std::array<char const*, 7> weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<char const*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const day = std::chrono::floor<std::chrono::days>(at);
    std::chrono::year_month_day const date{day};
    std::chrono::weekday const weekday{day};
    std::chrono::hh_mm_ss const time{at - day};
    std::array<char, 40> out;
    auto const length = std::snprintf(
        out.data(), out.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT",
        weekdays[weekday.c_encoding()], static_cast<unsigned>(date.day()),
        months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()));
    return {out.data(), static_cast<std::size_t>(length)};
}

}  // namespace cartwright
