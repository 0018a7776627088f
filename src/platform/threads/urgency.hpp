#pragma once

/// How the threads of this process share the processors.
namespace cartwright::threads {

enum class Urgency {
    answers,  ///< short turns that somebody waits for: may take the place of a longer one at once
    works,    ///< the system's usual
    grinds    ///< long turns that may wait a little: password hashes, searches
};

/// Gives the calling thread a name (15 characters are kept), for debuggers and `top`, and its
/// urgency. Both are wishes: a system that does not know them goes on as usual.
///
/// Without it, on two busy cores, a reader waits for the 3 ms that the scheduler lets a hash or a
/// commit go on for (docs/adr/0016).
void settle(char const* name, Urgency urgency);

}  // namespace cartwright::threads
