#pragma once

namespace cartwright::http {

/// As a `Response`'s status: the answer breaks off after its head and the connection is closed, as
/// when the network fails after the work was done. (A close before the head would make many clients
/// send the request again by themselves.) For servers that others are tested against.
inline constexpr int no_answer = 0;

}  // namespace cartwright::http
