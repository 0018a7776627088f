#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/ids.hpp"
#include "base/time.hpp"

namespace cartwright::identity {

/// Where a session was begun; each surface has lifetimes of its own.
enum class Surface { shop, customer };

/// What proves a session: JSON Web Tokens that are refreshed, or one opaque token that is not.
enum class SessionKind { jwt, legacy };

/// A legacy token is twice as many hexadecimal digits.
inline constexpr std::size_t legacy_token_bytes = 20;

enum class DeviceType { android, web, ios, api };

/// "shop", "customer"; "jwt", "legacy"; "ANDROID", "WEB", "IOS", "API": as the database has it.
std::string_view to_string(Surface surface);
std::string_view to_string(SessionKind kind);
std::string_view to_string(DeviceType type);
/// Nothing for another word.
std::optional<DeviceType> device_type(std::string_view word);

/// What a session is used on, as its client says and as its connection shows.
struct Device {
    DeviceType type = DeviceType::api;
    std::optional<std::string> id;
    std::string ip_address;
    std::string user_agent;
};

/// A session to be. A surface alone means a JWT session on an unknown device.
struct NewSession {
    // Implicit: most callers have no more to say.
    NewSession(Surface where, SessionKind of_kind = SessionKind::jwt, Device on = {})
        : surface(where), kind(of_kind), device(std::move(on)) {}

    Surface surface;
    SessionKind kind;
    Device device;
};

/// A live session as its user sees it.
struct SessionView {
    SessionId id;
    std::string key;  ///< what the user calls it by; nobody guesses it
    SessionKind kind = SessionKind::jwt;
    Device device;
    Instant created_at;
    Instant last_active_at;  ///< to the minute or better
    Instant expires_at;
};

/// Which of a user's sessions a logout ends.
enum class LogoutScope { current, all, device_type };

struct Logout {
    UserId user;
    SessionId session;                         ///< the caller's
    LogoutScope scope = LogoutScope::current;  ///< `all` and `device_type`: of every kind
    DeviceType device_type = DeviceType::api;  ///< for `device_type`
    std::optional<SessionId> also = {};        ///< another session of the same user
};

}  // namespace cartwright::identity
