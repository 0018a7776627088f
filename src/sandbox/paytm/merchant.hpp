#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "sandbox/bounded.hpp"

namespace cartwright::sandbox::paytm {

/// What a buyer may do on the pay page.
enum class Outcome { success, failure, pending };

/// `resultInfo`: what Paytm says of a call. Source: gateways §2.
struct Verdict {
    std::string status;  ///< "S", "F"; "TXN_SUCCESS", "TXN_FAILURE", "PENDING"
    std::string code;    ///< informational: Paytm's own sources disagree
    std::string message;
    boost::json::object rest = {};  ///< the body's other members
};

struct Order {
    std::string id;
    std::string request;  ///< its initiation as it came: only the same bytes may come again
    std::int64_t paise = 0;
    std::string callback_url;
    std::string token;
    std::optional<Outcome> outcome = {};  ///< nothing: the buyer has not decided
    std::string transaction_id = {};
    std::string bank_id = {};
    std::string mode = {};  ///< "UPI", "CC", "NB", "PPI"
    Instant paid_at = {};
    std::map<std::string, std::int64_t, std::less<>> refunds = {};  ///< paise by refId
    std::int64_t refunded = 0;
};

/// One merchant's orders at Paytm. Any thread.
class Merchant {
public:
    static constexpr std::size_t refunds_max = 100;  ///< of one order

    Merchant(std::string mid, Clock const& clock, std::size_t orders_max);

    /// `raw`: the body as it came.
    Verdict initiate(boost::json::object const& body, std::string_view raw);
    Verdict status(boost::json::object const& body);
    Verdict refund(boost::json::object const& body);
    Verdict refund_status(boost::json::object const& body);

    std::optional<Order> find(std::string_view id);
    /// The buyer's act. Nothing where there is no such order or its fate is sealed already.
    std::optional<Order> decide(std::string_view id, Outcome outcome, std::string_view mode);
    void forget();

private:
    std::string mid_;
    Clock const& clock_;
    std::mutex mutex_;
    Bounded<Order> orders_;
};

/// The fields of the browser's callback, without their checksum.
std::vector<std::pair<std::string, std::string>> callback_fields(Order const& order,
                                                                 std::string_view mid);

/// Paise of "1130.00"; nothing unless it has exactly two places.
std::optional<std::int64_t> to_paise(std::string_view amount);

}  // namespace cartwright::sandbox::paytm
