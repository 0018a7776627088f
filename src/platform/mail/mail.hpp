#pragma once

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace cartwright::mail {

/// A mail with a text and an HTML part, both UTF-8.
struct Message {
    std::string from;  ///< "shop@example.com"
    std::string from_name;
    std::string to;
    std::string subject;
    std::string text;
    std::string html;
};

/// The mail could not be handed over; trying again may help unless `permanent` (the server refused
/// this mail).
class NotSent : public std::runtime_error {
public:
    NotSent(std::string const& why, bool permanent)
        : std::runtime_error(why), permanent_(permanent) {}
    bool permanent() const { return permanent_; }

private:
    bool permanent_;
};

/// The message as RFC 5322 text: multipart/alternative, quoted-printable, names and subject as RFC
/// 2047 words. `id` makes the Message-ID, so that a mail sent twice is recognisable as one. A line
/// break in an address or name is a `Bug`: whoever takes them from a client checks them first.
std::string compose(Message const& message, Instant at, std::string_view id);

/// Hands mails over. Any thread; waits for the network, so only jobs call it.
class Mailer {
public:
    virtual ~Mailer() = default;
    /// Throws `NotSent`.
    virtual void send(Message const& message, Instant at, std::string_view id) = 0;
};

/// `file:DIR` (one .eml a mail, named by its id), `smtp://user:password@host:port` or `smtps://…`.
/// Throws `std::invalid_argument` for anything else.
std::unique_ptr<Mailer> open(std::string const& url, std::chrono::milliseconds timeout);

}  // namespace cartwright::mail
