#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "sandbox/bounded.hpp"

namespace cartwright::sandbox::phonepe {

enum class State { pending, completed, failed };
std::string_view to_string(State state);

/// The protocol that an order was begun with.
enum class Version { v1, v2 };

struct Order {
    std::string id;       ///< the merchant's
    std::string request;  ///< as it came
    Version version = Version::v1;
    std::int64_t paise = 0;
    std::string redirect_url = {};
    bool redirect_by_post = false;
    std::string callback_url = {};  ///< v1
    boost::json::object meta = {};  ///< v2
    std::int64_t expire_at = 0;     ///< v2, epoch milliseconds
    std::string order_id = {};      ///< PhonePe's own, v2
    State state = State::pending;
    std::string transaction_id = {};  ///< PhonePe's own
    std::string mode = {};            ///< "UPI", "CARD", "NETBANKING", "WALLET"; empty: undecided
    std::int64_t refunded = 0;
};

struct Refund {
    std::string id;         ///< the merchant's
    std::string refund_id;  ///< PhonePe's own
    std::string order;      ///< the merchant's id of what is refunded
    std::string request;    ///< as it came
    std::int64_t paise = 0;
    State state = State::pending;  ///< completed from the first time that somebody asks
};

/// A refusal: PhonePe's code and sentence. HTTP 400 but for what is not there.
struct Problem {
    int status = 400;
    std::string code = "BAD_REQUEST";
    std::string message;
};

/// One merchant's orders and refunds at PhonePe, whichever protocol they came by. Any thread.
class Merchant {
public:
    Merchant(Clock const& clock, std::size_t objects_max);

    /// The same request again finds the order of the first; another of its id is refused.
    std::expected<Order, Problem> begin(Order order);
    std::optional<Order> find(std::string_view id);
    /// The buyer's act; `State::pending` leaves it open. Nothing where there is no such order or
    /// its fate is sealed already.
    std::optional<Order> decide(std::string_view id, State state, std::string_view mode);
    std::expected<Refund, Problem> refund(Refund refund);
    /// As it is now; asking lets a pending one come through.
    std::optional<Refund> ask_refund(std::string_view id);
    void forget();

private:
    Clock const& clock_;
    std::mutex mutex_;
    Bounded<Order> orders_;
    Bounded<Refund> refunds_;
};

}  // namespace cartwright::sandbox::phonepe
