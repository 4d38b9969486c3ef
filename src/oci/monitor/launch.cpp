#include "oci/monitor/launch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <optional>

#include "oci/monitor/notify_proxy.h"
#include "oci/monitor/socket.h"
#include "oci/monitor/stream_files.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

struct FdOption {
    std::string_view name;
    UniqueFd PlanFds::*member;
};
constexpr std::array<FdOption, 6> kFdOptions{{
    {"--listener-fd=", &PlanFds::attach_listener},
    {"--stdin-fd=", &PlanFds::stdin_writer},
    {"--stdout-fd=", &PlanFds::stdout_reader},
    {"--stderr-fd=", &PlanFds::stderr_reader},
    {"--terminal-fd=", &PlanFds::terminal},
    {"--notify-fd=", &PlanFds::notify},
}};
constexpr std::string_view kPlanOption = "--plan-fd=";
constexpr std::string_view kPortsOption = "--port-fds=";  // "7,-,8": one for each of the plan's ports
constexpr std::size_t kMaxPlanBytes = 16U << 20;

/// Descriptors below 3 would be lost to the monitor's own standard descriptors.
UniqueFd inheritable(UniqueFd fd) {
    if (fd.get() < 3) fd = duplicate(fd.get());
    if (::fcntl(fd.get(), F_SETFD, 0) != 0) throw SystemError{errno, "passing on a descriptor"};
    return fd;
}

UniqueFd adopt(std::string_view number) {
    const auto fd = parse_int(number);
    if (!fd || *fd < 3 || ::fcntl(static_cast<int>(*fd), F_SETFD, FD_CLOEXEC) != 0) {
        throw Error{ErrorKind::Invalid, concat("monitor: ", quote(number), " is no open descriptor")};
    }
    return UniqueFd{static_cast<int>(*fd)};
}

std::string pass_on_ports(std::vector<UniqueFd>& ports) {
    std::string word{kPortsOption};
    for (auto& fd : ports) {
        if (fd) fd = inheritable(std::move(fd));
        if (word.size() > kPortsOption.size()) word += ',';
        word += fd ? concat(fd.get()) : "-";
    }
    return word;
}

std::vector<UniqueFd> adopt_ports(std::string_view list) {
    std::vector<UniqueFd> ports;
    for (const auto& number : split(list, ',')) ports.push_back(number == "-" ? UniqueFd{} : adopt(number));
    return ports;
}

}  // namespace

void record_plan(const Plan& plan) {
    const UniqueFd dir = open_directory(plan.run_dir);
    replace_file_at(dir.get(), kPlanName, dump(to_json(plan)), 0600);
}

void become_monitor(const Plan& plan, PlanFds fds) {
    const UniqueFd plan_fd = inheritable(make_memfd("skiff-monitor-plan", dump(to_json(plan)), /*sealed=*/true));
    std::vector<std::string> words{"skiff", "monitor", concat(kPlanOption, plan_fd.get())};
    for (const auto& option : kFdOptions) {
        UniqueFd& fd = fds.*option.member;
        if (!fd) continue;
        fd = inheritable(std::move(fd));
        words.push_back(concat(option.name, fd.get()));
    }
    if (!fds.ports.empty()) words.push_back(pass_on_ports(fds.ports));
    std::vector<char*> argv;
    for (auto& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    ::execve("/proc/self/exe", argv.data(), environ);
    throw SystemError{errno, "executing the monitor"};
}

Launch read_launch(int argc, char** argv) {
    Launch launch;
    bool has_plan = false;
    for (int i = 2; i < argc; ++i) {
        const std::string_view word{argv[i]};
        if (word.starts_with(kPlanOption)) {
            const UniqueFd plan_fd = adopt(word.substr(kPlanOption.size()));
            launch.plan = plan_from_json(parse_json(read_all(plan_fd.get(), kMaxPlanBytes, "monitor plan"), "monitor plan"));
            has_plan = true;
            continue;
        }
        if (word.starts_with(kPortsOption)) launch.fds.ports = adopt_ports(word.substr(kPortsOption.size()));
        for (const auto& option : kFdOptions) {
            if (word.starts_with(option.name)) launch.fds.*option.member = adopt(word.substr(option.name.size()));
        }
    }
    if (!has_plan) throw Error{ErrorKind::Invalid, "monitor: no plan; this command is skiff's own"};
    return launch;
}

namespace {

/// In the grandchild. The error pipe is close-on-exec: its end of file tells that the monitor runs.
[[noreturn]] void run_successor(const Plan& plan, PlanFds fds, int error_pipe) {
    try {
        ::setsid();
        become_monitor(plan, std::move(fds));
    } catch (const Error& error) {
        const std::string_view text{error.what()};
        if (::write(error_pipe, text.data(), text.size()) < 0) ::_exit(126);
    }
    ::_exit(125);
}

/// Whoever took the port while there was no monitor keeps it: the packet filter still leads it to the container.
UniqueFd hold_again(const HeldPort& port) noexcept {
    try {
        return hold_port(port);
    } catch (const Error&) {
        return {};
    }
}

PlanFds open_for_successor(const Plan& plan) {
    PlanFds fds;
    const UniqueFd dir = open_directory(plan.run_dir);
    const auto reader = [&](const char* name) {
        return open_at_if_exists(dir.get(), name, O_RDONLY | O_NONBLOCK);
    };
    fds.stdout_reader = reader(kStdoutName);
    fds.stderr_reader = reader(kStderrName);
    fds.attach_listener = listen_at(plan.run_dir, kAttachName, SOCK_SEQPACKET);
    if (!plan.notify_socket.empty()) fds.notify = listen_for_notifications(plan.run_dir);
    for (const auto& port : plan.ports) fds.ports.push_back(hold_again(port));
    return fds;
}

}  // namespace

ProcessIdentity start_successor(const fs::path& run_dir) {
    const Plan plan = plan_from_json(parse_json(read_file(run_dir / kPlanName), "monitor plan"));
    if (!is_alive(plan.process)) throw Error{ErrorKind::WrongState, "starting a new monitor: the process has ended"};
    PlanFds fds = open_for_successor(plan);
    Pipe errors = make_pipe();
    Pipe number = make_pipe();
    const pid_t child = ::fork();
    if (child < 0) throw SystemError{errno, "starting a new monitor"};
    if (child == 0) {  // forks once more, so that nobody here has to reap the monitor
        const pid_t grandchild = ::fork();
        if (grandchild == 0) run_successor(plan, std::move(fds), errors.write_end.get());
        const bool told = ::write(number.write_end.get(), &grandchild, sizeof grandchild) == sizeof grandchild;
        ::_exit(told && grandchild > 0 ? 0 : 1);
    }
    ChildProcess between{child};
    errors.write_end.reset();
    const bool forked = between.wait().code == 0;
    const std::string failure = read_all(errors.read_end.get(), 1U << 16, "the monitor's errors");
    pid_t monitor = -1;
    if (!forked || !failure.empty() || ::read(number.read_end.get(), &monitor, sizeof monitor) != sizeof monitor) {
        throw Error{ErrorKind::System, concat("starting a new monitor: ", forked ? failure : "cannot fork")};
    }
    return identity_of(monitor);
}

}  // namespace skiff::oci::monitor
