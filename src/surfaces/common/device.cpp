#include "surfaces/common/device.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"

namespace cartwright::common {
namespace {

constexpr std::size_t user_agent_length_max = 255;

/// What of a header can be stored: printable ASCII, for neither names of devices nor those of
/// programs need more.
std::string stored(std::string_view header, std::size_t length_max) {
    auto const cut = text::trim(header).substr(0, length_max);
    bool const is_plain = std::ranges::all_of(cut, [](char c) { return c >= 0x20 && c < 0x7f; });
    return is_plain ? std::string(cut) : std::string();
}

}  // namespace

identity::Device device_of(http::Request const& request, identity::DeviceType otherwise) {
    auto const header = [&](std::string_view name) {
        return request.header(name).value_or("");
    };
    identity::Device device;
    device.type = identity::device_type(header("X-Device-Type")).value_or(otherwise);
    if (auto id = stored(header("X-Device-ID"), device_id_length_max); !id.empty())
        device.id = std::move(id);
    device.ip_address = request.remote_address;
    device.user_agent = stored(header("User-Agent"), user_agent_length_max);
    return device;
}

}  // namespace cartwright::common
