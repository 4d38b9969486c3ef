/// mount(2) with one page of options, for kernels before 6.7 and more lower directories than fsconfig(2) takes in one
/// string. The mount is made in a mount namespace of a child's own, so that the host never sees it, and comes back as
/// a detached copy.

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "storage/overlay_internal.h"
#include "util/error.h"
#include "util/files.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::storage {
namespace {

struct Answer {
    int code = 0;
    bool made = false;
};

std::string option_page(const OverlaySpec& spec, const PreparedOverlay& prepared) {
    std::string page = concat("lowerdir=", join(prepared.lower, ":"));
    for (const auto& [key, value] : prepared.options) {
        page += concat(",", key);
        if (!value.empty()) page += concat("=", value);
    }
    if (!spec.mount_label.empty()) page += concat(",context=\"", spec.mount_label, "\"");
    if (page.size() >= static_cast<std::size_t>(::sysconf(_SC_PAGESIZE))) throw MethodUnsupported{};
    return page;
}

void send_answer(int socket, const Answer& answer, int fd) {
    iovec part{const_cast<Answer*>(&answer), sizeof answer};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof fd);
        std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
    }
    ::sendmsg(socket, &message, MSG_NOSIGNAL);
}

UniqueFd receive_answer(int socket, Answer& answer) {
    iovec part{&answer, sizeof answer};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t got;
    do {
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got != static_cast<ssize_t>(sizeof answer)) throw Error{ErrorKind::System, "the process mounting an overlay died"};
    int fd = -1;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header != nullptr && header->cmsg_type == SCM_RIGHTS) std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    return UniqueFd{fd};
}

[[noreturn]] void mount_and_send(int socket, const char* target, const char* page) {
    Answer answer;
    int tree = -1;
    const bool apart = ::unshare(CLONE_NEWNS) == 0 && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    if (apart && ::mount("overlay", target, "overlay", 0, page) == 0) {
        tree = ::open_tree(AT_FDCWD, target, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    }
    answer.code = errno;
    answer.made = tree >= 0;
    send_answer(socket, answer, tree);
    ::_exit(0);
}

void make_read_only(int mount) {
    mount_attr attributes{};
    attributes.attr_set = MOUNT_ATTR_RDONLY;
    if (::mount_setattr(mount, "", AT_EMPTY_PATH, &attributes, sizeof attributes) != 0) {
        throw SystemError{errno, "making an overlay read-only"};
    }
}

}  // namespace

UniqueFd mount_one_page(const OverlaySpec& spec, const PreparedOverlay& prepared) {
    const auto page = option_page(spec, prepared);
    // Any directory serves as the place in the child's namespace; this one exists.
    const auto target = spec.lower.front().path.native();
    SocketPair sockets = make_socket_pair(SOCK_SEQPACKET);
    const pid_t pid = ::fork();
    if (pid < 0) throw SystemError{errno, "forking to mount an overlay"};
    if (pid == 0) mount_and_send(sockets.second.get(), target.c_str(), page.c_str());
    ChildProcess child{pid};
    sockets.second.reset();
    Answer answer;
    UniqueFd mount = receive_answer(sockets.first.get(), answer);
    child.wait();
    if (!answer.made || !mount) throw OverlayFailure{answer.code, {}, {}};
    if (spec.read_only) make_read_only(mount.get());
    return mount;
}

}  // namespace skiff::storage
