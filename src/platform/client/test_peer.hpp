#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cartwright::client {

/// A request as it came over the wire; header names in lower case.
struct Received {
    std::string method;
    std::string target;  ///< path and query, as sent
    std::map<std::string, std::string> headers;
    std::string body;
};

struct Reply {
    enum class How {
        answer,
        hang,  ///< takes the request and says nothing
        reset  ///< takes the request and breaks the connection
    };
    int status = 200;
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    How how = How::answer;
};

/// A server on a loopback port that answers as it is told, for tests of who calls the outside.
/// Linked into the test binary only.
class TestPeer {
public:
    /// The script is called by several threads at once where several ask at once.
    using Script = std::function<Reply(Received const&)>;

    explicit TestPeer(Script script);
    ~TestPeer();
    TestPeer(TestPeer const&) = delete;
    TestPeer& operator=(TestPeer const&) = delete;

    /// "http://127.0.0.1:PORT"
    std::string base() const;
    /// What came so far, in the order it came.
    std::vector<Received> received() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace cartwright::client
