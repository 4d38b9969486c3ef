#include "oci/monitor/client.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util/error.h"

namespace skiff::oci::monitor {
namespace {

bool is_pipe(int fd) {
    struct stat status {};
    return ::fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode);
}

}  // namespace

bool ClientOutput::deliver(std::string_view chunk) {
    blocked = false;
    while (pipe && sent < chunk.size()) {
        const ssize_t put = ::write(pipe.get(), chunk.data() + sent, chunk.size() - sent);
        if (put >= 0) {
            sent += static_cast<std::size_t>(put);
        } else if (errno == EAGAIN) {
            blocked = true;
            return false;
        } else if (errno != EINTR) {
            pipe.reset();  // EPIPE: nobody reads it any more
        }
    }
    return true;
}

void ClientOutput::deliver_finally(std::string_view chunk) {
    if (!rest && deliver(chunk)) return;
    if (pipe) spill(chunk.substr(sent));
    sent = chunk.size();
}

void ClientOutput::spill(std::string_view text) {
    try {
        if (!rest) rest = make_memfd("skiff-output-rest", {}, /*sealed=*/false);
        write_all(rest.get(), text, "output rest");
    } catch (const Error&) {
        pipe.reset();  // no memory: this client loses the end of its output, the log has it
    }
}

bool Client::attach(const Message& message, std::vector<UniqueFd> fds) {
    std::size_t next = 0;
    const auto take = [&](int flag, UniqueFd& place) {
        if ((message.a & flag) == 0) return true;
        if (next >= fds.size() || !is_pipe(fds[next].get())) return false;
        place = std::move(fds[next++]);
        return ::fcntl(place.get(), F_SETFL, O_NONBLOCK) == 0;
    };
    attached_ = !attached_ && take(kStdin, stdin_) && take(kStdout, output(LogStream::Stdout).pipe) &&
                take(kStderr, output(LogStream::Stderr).pipe);
    promised_ = (message.a & kPromiseSettle) != 0;
    return attached_;
}

void Client::relay_stdin_to(int target) {
    stdin_relay_.emplace(stdin_.get(), target);
    had_stdin = true;
}

RelayStep Client::pump_stdin() {
    if (!stdin_ || !stdin_relay_) return RelayStep::TargetGone;
    return stdin_relay_->step();
}

void Client::close_stdin() noexcept {
    stdin_relay_.reset();
    stdin_.reset();
}

bool Client::tell_exit(const ExitFile& exit) {
    Message message{.type = MessageType::Exit, .a = exit.code, .b = exit.signal, .c = exit.oom_killed ? 1 : 0, .d = 0, .e = exit.at};
    std::vector<int> rests;
    for (const LogStream stream : {LogStream::Stdout, LogStream::Stderr}) {
        ClientOutput& out = output(stream);
        if (out.rest && ::lseek(out.rest.get(), 0, SEEK_SET) == 0) {
            message.d |= stream == LogStream::Stdout ? kStdout : kStderr;
            rests.push_back(out.rest.get());
        }
    }
    const bool sent = send_message(control_.get(), message, rests);
    for (auto& out : outputs_) {
        out.pipe.reset();
        out.rest.reset();
    }
    close_stdin();
    return sent;
}

}  // namespace skiff::oci::monitor
