#pragma once
/// A process in the background of which exactly one runs: held by an flock, started by whoever misses it, watched by its pidfd.
///
/// Who wants it running tries the lock. Held: it runs, and the file says who it is as soon as it serves. Free: the starter,
/// who has the lock now, hands it on through the exec, so that two starters never make two. The lock file exists for as long
/// as anybody wants the process; nobody here creates it, so that what was given up on purpose is not started again.

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "util/fd.h"
#include "util/process.h"

namespace skiff {

namespace fs = std::filesystem;

struct LoneProcess {
    fs::path lock;                     ///< absolute
    std::vector<std::string> command;  ///< words after the program's name; the program is this one (/proc/self/exe)
    bool operator==(const LoneProcess&) const = default;
};

enum class Presence {
    Unwanted,  ///< there is no lock file (any more)
    Starting,  ///< somebody holds the lock and has not said who serves
    Serving,
};
struct LoneState {
    Presence presence = Presence::Unwanted;
    ProcessIdentity process;  ///< when Serving
};

/// Starts it when nobody holds the lock; does not wait until it serves. Throws SystemError when it cannot be started.
LoneState start_if_missing(const LoneProcess& wanted);
/// The same, and waits until it serves, or nobody wants it any more. Throws Error{Timeout}, or what it failed with.
LoneState ensure_serving(const LoneProcess& wanted, std::chrono::milliseconds timeout);

/// The other side: the descriptors that the starter passed on, taken from the end of the command line.
struct LoneDuty {
    UniqueFd lock;
    UniqueFd report;  ///< may be empty

    /// Takes the words that start_if_missing() appended off `words`. Throws Error{Invalid} when they are not there.
    static LoneDuty adopt(std::vector<std::string>& words);
    /// Writes who serves into the lock file, and tells the starter.
    void serve();
    /// Tells the starter why not.
    void fail(std::string_view reason) noexcept;
};

}  // namespace skiff
