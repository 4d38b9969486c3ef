#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "oci/monitor/monitor.h"
#include "oci/monitor/notify_proxy.h"
#include "oci/monitor/pipe_size.h"
#include "oci/monitor/socket.h"
#include "oci/monitor/stream_files.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {


/// Fewer wakeups with a larger pipe; fs.pipe-max-size may forbid it, and the default works too.
void enlarge(int pipe) { ::fcntl(pipe, F_SETPIPE_SZ, kPipeBytes); }

void give_to(int fd, uid_t uid, gid_t gid, const char* name) {
    if (::fchown(fd, uid, gid) != 0) throw SystemError{errno, concat("setting the owner of the container's ", name)};
}

/// Read-write on the container's side: whoever writes blocks while there is no monitor, instead of dying by SIGPIPE.
UniqueFd make_fifo(int dir, const char* name, uid_t uid, gid_t gid) {
    ::unlinkat(dir, name, 0);
    if (::mkfifoat(dir, name, 0600) != 0) throw SystemError{errno, concat("making FIFO ", quote(name))};
    UniqueFd both = open_at(dir, name, O_RDWR);
    give_to(both.get(), uid, gid, name);
    enlarge(both.get());
    return both;
}

void make_output(const Plan& plan, Streams& streams, uid_t uid, gid_t gid) {
    const UniqueFd dir = open_directory(plan.run_dir);
    streams.container_stdout = make_fifo(dir.get(), kStdoutName, uid, gid);
    streams.container_stderr = make_fifo(dir.get(), kStderrName, uid, gid);
    streams.monitor_side.stdout_reader = open_reader(dir.get(), kStdoutName);
    streams.monitor_side.stderr_reader = open_reader(dir.get(), kStderrName);
}

void make_stdin(Streams& streams, uid_t uid, gid_t gid) {
    Pipe pipe = make_pipe();
    give_to(pipe.read_end.get(), uid, gid, "stdin");
    streams.container_stdin = std::move(pipe.read_end);
    streams.monitor_side.stdin_writer = std::move(pipe.write_end);
}

}  // namespace

UniqueFd open_reader(int dir, const char* name) { return open_at(dir, name, O_RDONLY | O_NONBLOCK); }

UniqueFd listen_for_clients(const fs::path& run_dir) { return listen_at(run_dir, kAttachName, SOCK_SEQPACKET); }

Streams make_streams(const Plan& plan, uid_t owner_uid, gid_t owner_gid, UniqueFd listener) {
    Streams streams;
    forget_exit_file(plan.run_dir);  // of an earlier run of the same container
    streams.monitor_side.attach_listener = listener ? std::move(listener) : listen_for_clients(plan.run_dir);
    if (!plan.notify_socket.empty()) streams.monitor_side.notify = listen_for_notifications(plan.run_dir);
    if (plan.log.driver == "passthrough" || plan.log.driver == "passthrough-tty") return streams;
    if (plan.terminal) {
        streams.console_listener = listen_at(plan.run_dir, kConsoleName, SOCK_STREAM);
        return streams;
    }
    make_output(plan, streams, owner_uid, owner_gid);
    if (plan.stdin_open) make_stdin(streams, owner_uid, owner_gid);
    return streams;
}

namespace {

void await_readable(int fd, std::chrono::milliseconds timeout, const char* what) {
    pollfd entry{fd, POLLIN, 0};
    int ready;
    do {
        ready = ::poll(&entry, 1, static_cast<int>(timeout.count()));
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) throw SystemError{errno, what};
    if (ready == 0) throw Error{ErrorKind::Timeout, concat(what, ": timed out")};
}

/// The runtime sends one descriptor with some bytes (runc: the terminal's name).
UniqueFd receive_fd(int connection) {
    char text[4096];
    iovec part{text, sizeof text};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(connection, &header, MSG_CMSG_CLOEXEC);
    const cmsghdr* rights = got > 0 ? CMSG_FIRSTHDR(&header) : nullptr;
    if (rights == nullptr || rights->cmsg_type != SCM_RIGHTS || rights->cmsg_len != CMSG_LEN(sizeof(int))) return {};
    int fd = -1;
    __builtin_memcpy(&fd, CMSG_DATA(rights), sizeof fd);
    return UniqueFd{fd};
}

}  // namespace

UniqueFd receive_console(int console_listener, std::chrono::milliseconds timeout) {
    constexpr const char* kWhat = "receiving the container's terminal";
    await_readable(console_listener, timeout, kWhat);
    const UniqueFd connection{::accept4(console_listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!connection) throw SystemError{errno, kWhat};
    if (!peer_is_us(connection.get())) throw Error{ErrorKind::Invalid, concat(kWhat, ": sent by another user")};
    await_readable(connection.get(), timeout, kWhat);
    UniqueFd master = receive_fd(connection.get());
    if (!master || ::isatty(master.get()) == 0) throw Error{ErrorKind::Corrupt, concat(kWhat, ": the runtime sent none")};
    ::fcntl(master.get(), F_SETFL, O_RDWR | O_NONBLOCK);
    return master;
}

}  // namespace skiff::oci::monitor
