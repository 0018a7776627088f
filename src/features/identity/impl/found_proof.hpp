#pragma once

#include <optional>

#include "features/identity/identity.hpp"

namespace cartwright::identity {

/// Whose proof it was, or why it proves nothing. Where it proves something the pair is spent.
struct Identity::FoundProof {
    UserId user;
    std::optional<ProofRefusal> refused;
};

}  // namespace cartwright::identity
