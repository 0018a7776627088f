#pragma once

#include <stdexcept>

namespace cartwright::redis {

/// The connection is of no more use; why, without a secret in it.
class Broken : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace cartwright::redis
