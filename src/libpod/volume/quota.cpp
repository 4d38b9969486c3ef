#include "libpod/volume/quota.h"

#include <linux/fs.h>
#include <linux/quota.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "util/error.h"
#include "util/text.h"

// Later than the C library's headers: quotactl_fd(2), Linux 5.14.
#ifndef SYS_quotactl_fd
#define SYS_quotactl_fd 443
#endif

namespace skiff::libpod {
namespace {

constexpr std::uint64_t kQuotaBlock = 1024;  // what dqb_bhardlimit counts: quotactl(2)

int project_quota(int command, int dir, std::uint32_t project, void* data) {
    return static_cast<int>(::syscall(SYS_quotactl_fd, dir, static_cast<unsigned>(QCMD(command, PRJQUOTA)), project, data));
}

[[noreturn]] void refuse_quota(int code) {
    throw Error{ErrorKind::Unsupported, concat("limiting size or inodes: the file system of the volumes has no project quotas (", errno_text(code), ")"),
                "mount it with prjquota (ext4, xfs), or leave the limits out"};
}

void join_project(int dir, std::uint32_t project) {
    fsxattr attributes{};
    if (::ioctl(dir, FS_IOC_FSGETXATTR, &attributes) != 0) refuse_quota(errno);
    attributes.fsx_projid = project;
    attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
    if (::ioctl(dir, FS_IOC_FSSETXATTR, &attributes) != 0) refuse_quota(errno);
}

}  // namespace

void require_project_quota(int dir) {
    if_dqblk limits{};
    if (project_quota(Q_GETQUOTA, dir, 0, &limits) != 0) refuse_quota(errno);
}

void set_project_quota(int dir, std::uint32_t project, std::uint64_t bytes, std::uint64_t inodes) {
    if_dqblk limits{};
    limits.dqb_bhardlimit = (bytes + kQuotaBlock - 1) / kQuotaBlock;
    limits.dqb_bsoftlimit = limits.dqb_bhardlimit;
    limits.dqb_ihardlimit = inodes;
    limits.dqb_isoftlimit = inodes;
    limits.dqb_valid = QIF_LIMITS;
    join_project(dir, project);
    if (project_quota(Q_SETQUOTA, dir, project, &limits) != 0) refuse_quota(errno);
}

}  // namespace skiff::libpod
