#include "oci/native/console.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/vfs.h>

#include <cstring>
#include <filesystem>

#include "oci/native/mount_calls.h"
#include "oci/native/rootfs.h"
#include "oci/native/rootfs_path.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native {

Terminal open_terminal(int root) {
    const UniqueFd place = open_target(root, "/dev/pts/ptmx", Create::Nothing);
    struct statfs status {};
    if (::fstatfs(place.get(), &status) != 0 || status.f_type != DEVPTS_SUPER_MAGIC) {
        throw Error{ErrorKind::Invalid, "config: process.terminal needs a devpts file system on /dev/pts"};
    }
    Terminal terminal;
    terminal.master = reopen(place.get(), O_RDWR | O_NOCTTY, "/dev/pts/ptmx");
    int unlock = 0;
    if (::ioctl(terminal.master.get(), TIOCSPTLCK, &unlock) != 0) throw SystemError{errno, "unlocking the terminal"};
    terminal.slave = UniqueFd{::ioctl(terminal.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)};
    if (!terminal.slave) throw SystemError{errno, "opening the terminal"};
    return terminal;
}

void set_size(const Terminal& terminal, const Process& process) {
    if (process.console_height == 0 && process.console_width == 0) return;
    winsize size{};
    size.ws_row = static_cast<unsigned short>(process.console_height);
    size.ws_col = static_cast<unsigned short>(process.console_width);
    ::ioctl(terminal.master.get(), TIOCSWINSZ, &size);
}

void send_master(int console_socket, int master) {
    char name[] = "/dev/ptmx";
    iovec text{name, sizeof name - 1};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &master, sizeof master);
    if (::sendmsg(console_socket, &message, MSG_NOSIGNAL) < 0) throw SystemError{errno, "sending the terminal to the console socket"};
}

void take_terminal(int slave) {
    if (::ioctl(slave, TIOCSCTTY, 0) != 0) throw SystemError{errno, "taking the controlling terminal"};
    for (int fd = 0; fd < 3; ++fd) {
        if (::dup2(slave, fd) < 0) throw SystemError{errno, "connecting the terminal"};
    }
}

UniqueFd connect_unix(const std::string& path) {
    UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (!socket) throw SystemError{errno, "making a socket"};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::string name = path;
    UniqueFd directory;
    if (name.size() >= sizeof address.sun_path) {
        const std::filesystem::path full{path};
        directory = open_directory(full.parent_path());
        name = concat(proc_fd_path(directory.get()), "/", full.filename().native());
    }
    if (name.size() >= sizeof address.sun_path) throw SystemError{ENAMETOOLONG, concat("connecting to ", quote(path))};
    std::memcpy(address.sun_path, name.c_str(), name.size() + 1);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw SystemError{errno, concat("connecting to ", quote(path))};
    }
    return socket;
}

namespace {

Terminal open_for_process(int root, const Process& process) {
    Terminal terminal = open_terminal(root);
    set_size(terminal, process);
    if (::fchown(terminal.slave.get(), process.user.uid, static_cast<gid_t>(-1)) != 0 && errno != EINVAL && errno != EPERM) {
        throw SystemError{errno, "setting the owner of the terminal"};
    }
    return terminal;
}

}  // namespace

UniqueFd detail::open_exec_terminal(int root, const InitPlan& plan) {
    Terminal terminal = open_for_process(root, *plan.process);
    send_master(plan.console_socket.get(), terminal.master.get());
    return std::move(terminal.slave);
}

UniqueFd detail::open_console(int root, const InitPlan& plan) {
    Terminal terminal = open_for_process(root, *plan.process);
    const UniqueFd dev = open_target(root, "/dev", Create::Nothing);
    // Made here, not opened through what an image may have put there (CVE-2025-52565, CVE-2026-88264).
    struct stat status {};
    if (::fstatat(dev.get(), "console", &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode)) ::unlinkat(dev.get(), "console", 0);
    const UniqueFd file{::openat(dev.get(), "console", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)};
    if (!file && errno != EEXIST) throw SystemError{errno, "making /dev/console"};
    const UniqueFd target{::openat(dev.get(), "console", O_PATH | O_NOFOLLOW | O_CLOEXEC)};
    if (!target) throw SystemError{errno, "opening /dev/console"};
    const UniqueFd tree = clone_tree(terminal.slave.get(), "", /*recursive=*/false);
    if (tree) attach(tree.get(), target.get(), "/dev/console");
    else mount_by_path(proc_fd_path(terminal.slave.get()).c_str(), target.get(), nullptr, MS_BIND, nullptr, "/dev/console");
    send_master(plan.console_socket.get(), terminal.master.get());
    return std::move(terminal.slave);
}

}  // namespace skiff::oci::native
