#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "base/check.hpp"
#include "platform/mail/mail.hpp"

namespace cartwright::mail {
namespace {

/// One file a mail, complete when it is there.
class FileMailer final : public Mailer {
public:
    explicit FileMailer(std::filesystem::path directory) : directory_(std::move(directory)) {}

    void send(Message const& message, Instant at, std::string_view id) override {
        std::error_code failed;
        std::filesystem::create_directories(directory_, failed);
        auto const path = directory_ / fmt::format("{}.eml", id);
        auto const draft = directory_ / fmt::format(".{}.part", id);
        {
            std::ofstream file(draft, std::ios::binary);
            file << compose(message, at, id);
            file.close();
            if (!file) throw NotSent("the mail directory cannot be written to", false);
        }
        std::filesystem::rename(draft, path, failed);
        if (failed) throw NotSent("the mail directory cannot be written to", false);
    }

private:
    std::filesystem::path directory_;
};

struct Upload {
    std::string text;
    std::size_t sent = 0;
};

std::size_t on_read(char* buffer, std::size_t, std::size_t size, void* upload) {
    auto& [text, sent] = *static_cast<Upload*>(upload);
    auto const count = text.copy(buffer, size, sent);
    sent += count;
    return count;
}

class SmtpMailer final : public Mailer {
public:
    SmtpMailer(std::string url, std::chrono::milliseconds timeout)
        : url_(std::move(url)), timeout_(timeout) {
        check(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK, "libcurl starts");
    }

    void send(Message const& message, Instant at, std::string_view id) override {
        std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> const handle(curl_easy_init(),
                                                                         &curl_easy_cleanup);
        check(handle != nullptr, "libcurl gives a handle");
        auto const from = "<" + message.from + ">";
        auto const to = "<" + message.to + ">";
        std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> const recipients(
            curl_slist_append(nullptr, to.c_str()), &curl_slist_free_all);
        Upload upload{compose(message, at, id)};
        curl_easy_setopt(handle.get(), CURLOPT_URL, url_.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_PROTOCOLS_STR, "smtp,smtps");
        // With credentials in the URL the connection must be private before they are sent.
        curl_easy_setopt(handle.get(), CURLOPT_USE_SSL,
                         url_.find('@') == std::string::npos ? CURLUSESSL_TRY : CURLUSESSL_ALL);
        curl_easy_setopt(handle.get(), CURLOPT_MAIL_FROM, from.c_str());
        curl_easy_setopt(handle.get(), CURLOPT_MAIL_RCPT, recipients.get());
        curl_easy_setopt(handle.get(), CURLOPT_READFUNCTION, on_read);
        curl_easy_setopt(handle.get(), CURLOPT_READDATA, &upload);
        curl_easy_setopt(handle.get(), CURLOPT_UPLOAD, 1L);
        curl_easy_setopt(handle.get(), CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(handle.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(timeout_.count()));
        auto const code = curl_easy_perform(handle.get());
        if (code == CURLE_OK) return;
        long reply = 0;
        curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &reply);
        constexpr long permanent_from = 500;  // RFC 5321 §4.2.1: 5yz must not be repeated as it is
        // That the server knows no TLS, or not our password, is for the operator to mend.
        bool const of_this_mail = code != CURLE_LOGIN_DENIED && code != CURLE_USE_SSL_FAILED;
        bool const permanent = of_this_mail && reply >= permanent_from;
        throw NotSent(fmt::format("{} (SMTP reply {})", curl_easy_strerror(code), reply),
                      permanent);
    }

private:
    std::string url_;
    std::chrono::milliseconds timeout_;
};

}  // namespace

std::unique_ptr<Mailer> open(std::string const& url, std::chrono::milliseconds timeout) {
    constexpr std::string_view file_scheme = "file:";
    if (url.starts_with(file_scheme) && url.size() > file_scheme.size())
        return std::make_unique<FileMailer>(url.substr(file_scheme.size()));
    if (url.starts_with("smtp://") || url.starts_with("smtps://"))
        return std::make_unique<SmtpMailer>(url, timeout);
    throw std::invalid_argument("expected file:DIR, smtp://host:port or smtps://host:port");
}

}  // namespace cartwright::mail
