#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <expected>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "platform/http/router.hpp"

namespace cartwright::sandbox {

/// Whose protocol a request speaks.
enum class Gateway { stripe, hubspot, paytm, phonepe };
inline constexpr std::array gateways{Gateway::stripe, Gateway::hubspot, Gateway::paytm,
                                     Gateway::phonepe};
std::string_view to_string(Gateway gateway);

/// How a gateway is to misbehave from now on.
struct Conduct {
    std::chrono::milliseconds delay{0};  ///< before each answer
    int fail_next = 0;  ///< so many requests are answered `status`, with nothing done
    int status = 503;   ///< of a failure
    std::string policy = "TEN_SECONDLY_ROLLING";  ///< HubSpot's 429: which limit, or "DAILY"
    int drop_after_work = 0;  ///< so many requests are done, and the connection closed unanswered
    bool webhooks = true;     ///< false: none is sent (they are listed as withheld)
    bool duplicate_webhooks = false;  ///< each is sent twice
    bool reorder_webhooks = false;    ///< each second one overtakes the one before it
};

/// A request as it came, for tests to look at.
struct Recorded {
    Instant at;
    Gateway gateway;
    std::string method;
    std::string target;                                        ///< path and query
    std::vector<std::pair<std::string, std::string>> headers;  ///< but the credentials
    std::string body;                                          ///< cut off at `body_bytes_max`
};

/// What stands between the wire and the gateways: keeps a record of what came, and has them
/// misbehave as told. Any thread.
class Front {
public:
    static constexpr std::size_t requests_max = 500;
    static constexpr std::size_t body_bytes_max = 16 * 1024;
    static constexpr std::chrono::milliseconds delay_max{60'000};

    /// A gateway's words for a failure that it was told to have.
    using FaultWords = std::function<http::Response(Conduct const&)>;

    explicit Front(Clock const& clock) : clock_(clock) {}

    /// A handler that behaves as the gateway's conduct has it.
    http::Handler behind(Gateway gateway, FaultWords words, http::Handler work);

    Conduct conduct(Gateway gateway) const;
    /// Changes what `wishes` names ("delay_ms", "fail_next" …). A sentence for what it does not
    /// understand; then nothing has changed.
    std::expected<Conduct, std::string> change(Gateway gateway, boost::json::object const& wishes);
    std::deque<Recorded> requests() const;
    void forget_requests();
    void behave();
    /// Ends every delay; nothing is delayed any more.
    void stop();

private:
    struct Orders {
        Conduct conduct;
        bool fails = false;
        bool drops = false;
    };
    Orders take_orders(Gateway gateway);
    void record(Gateway gateway, http::Call const& call);
    void wait(std::chrono::milliseconds delay);

    Clock const& clock_;
    mutable std::mutex mutex_;
    std::condition_variable stopped_;
    bool stopping_ = false;
    std::array<Conduct, gateways.size()> conducts_;
    std::deque<Recorded> requests_;
};

}  // namespace cartwright::sandbox
