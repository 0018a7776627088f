#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace cartwright::http {

/// An answer as it came over the wire; header names in lower case.
struct Answer {
    int status = 0;  ///< 0: the server closed, or nothing came in time
    std::multimap<std::string, std::string> headers;
    std::string body;

    std::string header(std::string const& name) const {
        auto const found = headers.find(name);
        return found == headers.end() ? std::string{} : found->second;
    }
};

/// A raw socket for tests: sends any bytes and takes answers apart.
class TestClient {
public:
    explicit TestClient(std::uint16_t port, int receive_buffer_bytes = 0);
    ~TestClient();
    TestClient(TestClient const&) = delete;
    TestClient& operator=(TestClient const&) = delete;

    void send(std::string_view bytes);
    /// The next answer. `to_head`: of a HEAD request, so without a body.
    Answer receive(bool to_head = false,
                   std::chrono::milliseconds timeout = std::chrono::seconds(10));
    /// `send` and `receive`.
    Answer ask(std::string_view bytes);
    Answer get(std::string_view path, std::string_view more_headers = {});
    Answer post(std::string_view path, std::string_view body, std::string_view more_headers = {});
    /// Whether the server has closed (within the timeout), with nothing left to read.
    bool closed(std::chrono::milliseconds timeout = std::chrono::seconds(10));

private:
    bool fill(std::chrono::milliseconds timeout);

    int socket_ = -1;
    std::string buffer_;
};

}  // namespace cartwright::http
