#include "oci/native/start_gate.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "util/error.h"
#include "util/files.h"

namespace skiff::oci::native {
namespace {

constexpr const char* kStart = "start";
constexpr const char* kStarted = "started";
constexpr std::size_t kMaxReport = 4096;

UniqueFd make_fifo(int directory, const char* name) {
    if (::mkfifoat(directory, name, 0600) != 0) throw SystemError{errno, "making a FIFO for the start"};
    return open_at(directory, name, O_RDWR | O_NOFOLLOW);
}

}  // namespace

StartGate make_gate(int directory) { return {make_fifo(directory, kStart), make_fifo(directory, kStarted)}; }

bool is_waiting(int directory) {
    return static_cast<bool>(UniqueFd{::openat(directory, kStart, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)});
}

std::string open_gate(int directory) {
    const UniqueFd started{::openat(directory, kStarted, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
    const UniqueFd start{::openat(directory, kStart, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)};
    if (!start || !started) throw Error{ErrorKind::WrongState, "the container is not waiting to be started"};
    // Opened without waiting, read with: the stub holds the writing end until its exec.
    if (::fcntl(started.get(), F_SETFL, O_RDONLY) != 0) throw SystemError{errno, "preparing the start"};
    write_all(start.get(), "1", "the start FIFO");
    return read_all(started.get(), kMaxReport, "the start report");
}

}  // namespace skiff::oci::native
