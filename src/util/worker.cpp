#include "util/worker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <exception>

#include "util/error.h"
#include "util/fd.h"
#include "util/json.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff {
namespace {

/// Frames on the pipe: one letter, the length, the bytes.
enum class Frame : char { Message = 'm', Result = 'r', Failure = 'e' };
constexpr std::size_t kHeaderSize = 1 + sizeof(std::uint64_t);
constexpr std::uint64_t kLargestFrame = 256U << 20;

void write_frame(int fd, Frame frame, std::string_view payload) {
    std::string bytes(kHeaderSize, '\0');
    bytes[0] = static_cast<char>(frame);
    const std::uint64_t size = payload.size();
    std::memcpy(bytes.data() + 1, &size, sizeof size);
    bytes.append(payload);
    write_all(fd, bytes, "worker pipe");  // as one, so that a failure leaves no header for the next frame to follow
}

/// False at the end of the stream, also in the middle of a frame: the worker died.
bool read_exactly(int fd, char* into, std::size_t size) {
    while (size > 0) {
        const ssize_t got = ::read(fd, into, size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, "reading from a worker process"};
        if (got == 0) return false;
        into += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

struct ReceivedFrame {
    Frame frame;
    std::string payload;
};

std::optional<ReceivedFrame> read_frame(int fd) {
    std::array<char, kHeaderSize> header{};
    if (!read_exactly(fd, header.data(), header.size())) return std::nullopt;
    std::uint64_t size = 0;
    std::memcpy(&size, header.data() + 1, sizeof size);
    if (size > kLargestFrame) throw Error{ErrorKind::Corrupt, "a worker process sent an oversized message"};
    ReceivedFrame received{static_cast<Frame>(header[0]), std::string(size, '\0')};
    if (!read_exactly(fd, received.payload.data(), size)) return std::nullopt;
    return received;
}

std::string failure_text(ErrorKind kind, std::string_view message, std::string_view hint, int code) {
    return dump(Json{{"kind", static_cast<int>(kind)}, {"message", message}, {"hint", hint}, {"code", code}});
}

/// An Error with every field as it was in the worker.
class RelayedError : public Error {
public:
    explicit RelayedError(const Json& failure)
        : Error(static_cast<ErrorKind>(int_or(failure, "kind")), string_or(failure, "message"),
                string_or(failure, "hint"), static_cast<int>(int_or(failure, "code"))) {}
};

void reset_signals() {
    for (int signal = 1; signal < NSIG; ++signal) {
        struct sigaction action {};
        // An ignored signal stays ignored (nohup), a handler belongs to the parent.
        if (::sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) ::signal(signal, SIG_DFL);
    }
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void be_worker(int fd, pid_t parent, const std::function<std::string(const WorkerChannel&)>& work) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);  // it died before the line above
    reset_signals();
    try {
        try {
            write_frame(fd, Frame::Result, work(WorkerChannel{fd}));
        } catch (const Error& error) {
            write_frame(fd, Frame::Failure, failure_text(error.kind(), error.what(), error.hint(), error.code()));
        } catch (const std::exception& error) {
            write_frame(fd, Frame::Failure, failure_text(ErrorKind::System, error.what(), {}, 0));
        }
    } catch (...) {
        ::_exit(1);
    }
    ::_exit(0);  // the parent's destructors and buffers are not this process's business
}

[[noreturn]] void throw_death(std::string_view name, const ExitStatus& status) {
    if (status.signal == SIGINT || status.signal == SIGTERM || status.signal == SIGHUP) {
        throw Error{ErrorKind::Cancelled, concat(name, ": interrupted")};
    }
    if (status.signal != 0) {
        throw Error{ErrorKind::System, concat(name, ": the worker process was killed by ", ::strsignal(status.signal)),
                    status.signal == SIGKILL ? "out of memory? see the kernel's log" : ""};
    }
    throw Error{ErrorKind::System, concat(name, ": the worker process ended with status ", status.code)};
}

}  // namespace

void WorkerChannel::send(std::string_view message) const { write_frame(fd_, Frame::Message, message); }

std::string run_in_worker(std::string_view name, const std::function<std::string(const WorkerChannel&)>& work,
                          const std::function<void(std::string_view)>& on_message) {
    Pipe pipe = make_pipe();
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) throw SystemError{errno, concat(name, ": forking a worker")};
    if (pid == 0) {
        pipe.read_end.reset();
        be_worker(pipe.write_end.get(), parent, work);
    }
    ChildProcess child{pid};
    pipe.write_end.reset();
    while (auto received = read_frame(pipe.read_end.get())) {
        switch (received->frame) {
            case Frame::Message:
                if (on_message) on_message(received->payload);
                break;
            case Frame::Result: child.wait(); return std::move(received->payload);
            case Frame::Failure: child.wait(); throw RelayedError{parse_json(received->payload, "a worker's error")};
        }
    }
    throw_death(name, child.wait());
}

}  // namespace skiff
