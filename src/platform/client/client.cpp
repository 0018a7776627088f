#include "platform/client/client.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "base/check.hpp"
#include "base/text.hpp"

namespace cartwright::client {
namespace {

struct FreeHandle {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Handle = std::unique_ptr<CURL, FreeHandle>;
using List = std::unique_ptr<curl_slist, FreeList>;

/// What the callbacks fill in.
struct Receiving {
    Answer answer;
    std::size_t body_max;
};

std::size_t on_body(char* data, std::size_t, std::size_t size, void* receiving) {
    auto& [answer, body_max] = *static_cast<Receiving*>(receiving);
    if (answer.body.size() + size > body_max) return 0;  // curl ends the call
    answer.body.append(data, size);
    return size;
}

std::size_t on_header(char* data, std::size_t, std::size_t size, void* receiving) {
    auto& head = static_cast<Receiving*>(receiving)->answer.head;
    std::string_view const line(data, size);
    if (line.starts_with("HTTP/")) head.clear();  // of "100 Continue"
    head.append(line);
    return size;
}

CURL* this_threads_handle() {
    static bool const ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    check(ready, "libcurl starts");
    thread_local Handle const handle(curl_easy_init());
    check(handle != nullptr, "libcurl gives a handle");
    curl_easy_reset(handle.get());
    return handle.get();
}

List header_list(Request const& request) {
    List list;
    auto const append = [&](std::string const& line) {
        check(line.find_first_of("\r\n") == std::string::npos, "a header is one line");
        auto* const longer = curl_slist_append(list.get(), line.c_str());
        check(longer != nullptr, "libcurl has memory");
        if (!list) list.reset(longer);  // it grows at its end
    };
    for (auto const& [name, value] : request.headers) append(fmt::format("{}: {}", name, value));
    // No waiting for "100 Continue". Not where curl signs: Debian 12's takes the header that is
    // left out for a signed one, and the other side finds the signature wrong.
    if (!request.aws) append("Expect:");
    return list;
}

void prepare(CURL* handle, Request const& request, List const& headers, Receiving& receiving) {
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    if (!request.body.empty() || request.method == "POST") {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                         static_cast<curl_off_t>(request.body.size()));
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
    }
    if (request.aws) {
        auto const signing =
            "aws:amz:" + request.aws->region + ":" + request.aws->service;  // curl copies them
        curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, signing.c_str());
        curl_easy_setopt(handle, CURLOPT_USERNAME, request.aws->id.c_str());
        curl_easy_setopt(handle, CURLOPT_PASSWORD, request.aws->secret.c_str());
        curl_easy_setopt(handle, CURLOPT_EXPECT_100_TIMEOUT_MS, 1L);
    }
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);  // time-outs must not raise SIGALRM in a server
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &receiving);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, &receiving);
}

bool before_sending(CURLcode code) {
    return code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY ||
           code == CURLE_COULDNT_CONNECT || code == CURLE_URL_MALFORMAT ||
           code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_SSL_CONNECT_ERROR ||
           code == CURLE_PEER_FAILED_VERIFICATION;
}

}  // namespace

std::optional<std::string_view> Answer::header(std::string_view lower_case_name) const {
    std::string_view rest = head;
    while (!rest.empty()) {
        auto const line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        auto const colon = line.find(':');
        if (colon == lower_case_name.size() &&
            text::to_lower_ascii(line.substr(0, colon)) == lower_case_name)
            return text::trim(line.substr(colon + 1));
    }
    return std::nullopt;
}

Answer send(Request const& request) {
    auto* const handle = this_threads_handle();
    auto const headers = header_list(request);
    Receiving receiving{{}, request.answer_max};
    prepare(handle, request, headers, receiving);
    auto const code = curl_easy_perform(handle);
    if (code != CURLE_OK) throw Unavailable(curl_easy_strerror(code), !before_sending(code));
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    receiving.answer.status = static_cast<int>(status);
    return std::move(receiving.answer);
}

std::string form_encode(std::vector<std::pair<std::string, std::string>> const& fields) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string out;
    auto const append = [&](std::string_view value) {
        for (auto const c : value) {
            auto const byte = static_cast<unsigned char>(c);
            bool const plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                               (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
                               c == '~';
            if (plain)
                out.push_back(c);
            else if (c == ' ')
                out.push_back('+');
            else
                out.append({'%', hex[byte >> 4U], hex[byte & 15U]});
        }
    };
    for (auto const& [name, value] : fields) {
        if (!out.empty()) out.push_back('&');
        append(name);
        out.push_back('=');
        append(value);
    }
    return out;
}

}  // namespace cartwright::client
