#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Calls to the outside by HTTP. Only from a gateway lane or a job: a call waits for the network.
namespace cartwright::client {

/// No answer came: refused, timed out, broken off, too large. Says why without the URL's query or
/// any header.
class Unavailable : public std::runtime_error {
public:
    Unavailable(std::string const& why, bool maybe_done)
        : std::runtime_error(why), maybe_done_(maybe_done) {}
    /// Whether the other side may have done what was asked: the request had begun to leave.
    bool maybe_done() const { return maybe_done_; }

private:
    bool maybe_done_;
};

/// Signs a request as AWS's services want it (Signature Version 4).
struct AwsKey {
    std::string id;
    std::string secret;
    std::string region;
    std::string service = "s3";
};

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::chrono::milliseconds timeout{15'000};  ///< for the whole call, connecting included
    std::size_t answer_max = 1024 * 1024;       ///< bytes of body
    std::optional<AwsKey> aws = {};
};

struct Answer {
    int status = 0;
    std::string body;
    std::string head;  ///< the headers' lines as they came

    /// The first header of that name, or nothing.
    std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

/// Sends one request and waits for its answer, whatever its status. Redirects are not followed.
/// Connections are kept for the thread's next call. Throws `Unavailable`.
Answer send(Request const& request);

/// "a=1&b=x+y": names and values escaped, in the order given.
std::string form_encode(std::vector<std::pair<std::string, std::string>> const& fields);

}  // namespace cartwright::client
