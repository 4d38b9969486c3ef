#include "util/fault.h"

#ifdef SKIFF_FAULTS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>

#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff {
namespace {

struct Plan {
    std::string action;
    std::string point;
    std::int64_t visit = 1;
};

/// A point's name may hold colons itself ("intent:init"), so N is what follows the last one, if that is a number.
std::optional<Plan> read_plan() {
    const char* text = std::getenv("SKIFF_FAULT");
    if (text == nullptr) return std::nullopt;
    const auto words = split_once(text, ':');
    if (!words) return std::nullopt;
    const auto& [action, rest] = *words;
    const auto last = rest.rfind(':');
    const auto visit = last == std::string::npos ? std::nullopt : parse_int(rest.substr(last + 1));
    return Plan{action, visit ? rest.substr(0, last) : rest, visit.value_or(1)};
}

void record_visit(const char* name) {
    const char* path = std::getenv("SKIFF_FAULT_LOG");
    if (path == nullptr) return;
    const UniqueFd file{::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    if (file) write_all(file.get(), concat(name, "\n"), path);
}

}  // namespace

void fault_point(const char* name) {
    static const auto plan = read_plan();
    static std::int64_t visits = 0;
    record_visit(name);
    if (!plan || (plan->point != "*" && plan->point != name) || ++visits != plan->visit) return;
    if (plan->action == "kill") ::kill(::getpid(), SIGKILL);
    else if (plan->action == "stop") ::kill(::getpid(), SIGSTOP);
    else if (plan->action == "ENOSPC") throw SystemError{ENOSPC, concat("fault at ", name)};
    else if (plan->action == "EBUSY") throw SystemError{EBUSY, concat("fault at ", name)};
    else throw SystemError{EIO, concat("fault at ", name)};
}

}  // namespace skiff

#endif
