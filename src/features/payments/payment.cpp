#include "features/payments/payment.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.hpp"

namespace cartwright::payments {
namespace {

using namespace std::string_view_literals;

constexpr std::array gateways{"stripe"sv, "paytm"sv, "phonepe"sv, "manual"sv};
constexpr std::array statuses{"PENDING"sv, "COMPLETED"sv, "FAILED"sv, "REFUNDED"sv};
constexpr std::array movements{"capture"sv, "refund"sv};
constexpr std::array movement_states{"pending"sv, "succeeded"sv, "failed"sv};

template <class Enum, std::size_t count>
Enum stored_value(std::array<std::string_view, count> const& words, std::string_view stored) {
    auto const found = std::ranges::find(words, stored);
    check(found != words.end(), "the schema lets only known words in");
    return static_cast<Enum>(found - words.begin());
}

}  // namespace

std::string_view to_string(Gateway gateway) {
    return gateways.at(std::to_underlying(gateway));
}
std::string_view to_string(Status status) {
    return statuses.at(std::to_underlying(status));
}
std::string_view to_string(Movement movement) {
    return movements.at(std::to_underlying(movement));
}
std::string_view to_string(MovementState state) {
    return movement_states.at(std::to_underlying(state));
}
Gateway gateway(std::string_view stored) {
    return stored_value<Gateway>(gateways, stored);
}
Status status(std::string_view stored) {
    return stored_value<Status>(statuses, stored);
}
Movement movement(std::string_view stored) {
    return stored_value<Movement>(movements, stored);
}
MovementState movement_state(std::string_view stored) {
    return stored_value<MovementState>(movement_states, stored);
}

}  // namespace cartwright::payments
