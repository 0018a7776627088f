#pragma once

#include <string_view>

namespace cartwright::http {

/// Counts requests of some callers against their quotas, all at once and by the server's clock, as
/// `RequestLog` does. docs/adr/0023 tells of leases.
///
/// KEYS      a caller each
/// ARGV[1]   how long a lease lasts, milliseconds
/// ARGV …    for each caller: how much of a lease is given back, and its stamp; requests to count;
///           how many more are wanted as a lease; the number of quotas, and of each its count and
///           milliseconds
/// answers   for each caller {lease granted, its stamp, and of each quota used, fresh_in_ms,
///           allowed_in_ms}
///
/// A log is a flat list of bursts: first, last, count. Stamps never go back within a key; where the
/// server's clock did (another server has taken over), the log's times are moved along with it.
inline constexpr std::string_view rate_script = R"lua(
local function add(log, stamp, count, most, per)
  local n, step = #log, 0
  if most >= 34 then step = math.floor(per / 32) end
  if n > 0 and (n == 102 or stamp - log[n - 2] <= step) then
    log[n - 1], log[n] = stamp, log[n] + count
  else
    log[n + 1], log[n + 2], log[n + 3] = stamp, stamp, count
  end
end

local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local lease_ms, at, answers = tonumber(ARGV[1]), 2, {}
for k = 1, #KEYS do
  local back, back_stamp = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local made, granted = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local quotas = tonumber(ARGV[at + 4])
  at = at + 5
  local packed = redis.call('GET', KEYS[k])
  local logs = packed and cmsgpack.unpack(packed) or {}
  local newest, longest = 0, 0
  for _, log in ipairs(logs) do
    if #log > 0 then newest = math.max(newest, log[#log - 1]) end
  end
  if newest > clock + lease_ms + 5000 then
    for _, log in ipairs(logs) do
      for i = 1, #log, 3 do
        log[i], log[i + 1] = log[i] - newest + clock, log[i + 1] - newest + clock
      end
    end
    newest = clock
  end
  local used = {}
  for q = 1, quotas do
    local most, per = tonumber(ARGV[at + 2 * q - 2]), tonumber(ARGV[at + 2 * q - 1])
    local kept, sum, left = {}, 0, back
    for i = 1, #(logs[q] or {}), 3 do
      local first, last, count = logs[q][i], logs[q][i + 1], logs[q][i + 2]
      if clock - last < per then
        if last >= back_stamp then
          local less = math.min(left, count)
          count, left = count - less, left - less
        end
        if count > 0 then
          local n = #kept
          kept[n + 1], kept[n + 2], kept[n + 3], sum = first, last, count, sum + count
        end
      end
    end
    if made > 0 then add(kept, math.max(clock, newest), made, most, per) end
    logs[q], used[q], longest = kept, sum + made, math.max(longest, per)
    granted = math.max(math.min(granted, math.floor((most - used[q]) / 8)), 0)
  end
  local stamp = math.max(clock + lease_ms, newest)
  local answer = {granted, stamp}
  for q = 1, quotas do
    local most, per = tonumber(ARGV[at + 2 * q - 2]), tonumber(ARGV[at + 2 * q - 1])
    local log, left, allowed = logs[q], used[q], 0
    if granted > 0 then add(log, stamp, granted, most, per) end
    if used[q] > most then
      for i = 1, #log, 3 do
        if left < most then break end
        left, allowed = left - log[i + 2], per - clock + log[i + 1]
      end
    end
    local n = #answer
    answer[n + 1], answer[n + 2], answer[n + 3] = used[q], per - clock + (log[2] or clock), allowed
  end
  at = at + 2 * quotas
  redis.call('SET', KEYS[k], cmsgpack.pack(logs), 'PX', longest + lease_ms + 10000)
  answers[k] = answer
end
return answers
)lua";

}  // namespace cartwright::http
