#include "oci/native/lsm.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "stub/stub.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#ifndef F_SEAL_EXEC
#define F_SEAL_EXEC 0x0020
#endif

namespace skiff::oci::native {

void check_labels(const Process& process) {
    if (!process.apparmor_profile.empty()) {
        const auto enabled = read_file_if_exists_at(AT_FDCWD, "/sys/module/apparmor/parameters/enabled");
        if (!enabled || trim(*enabled) != "Y") {
            throw Error{ErrorKind::Unsupported, concat("AppArmor profile ", quote(process.apparmor_profile), ": this kernel does not run AppArmor")};
        }
    }
    if (!process.selinux_label.empty() && !read_file_if_exists_at(AT_FDCWD, "/sys/fs/selinux/enforce")) {
        throw Error{ErrorKind::Unsupported, concat("SELinux label ", quote(process.selinux_label), ": this kernel does not run SELinux")};
    }
}

UniqueFd make_stub() {
    UniqueFd file{::memfd_create("skiff-stub", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC)};
    if (!file && errno == EINVAL) file.reset(::memfd_create("skiff-stub", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file) throw SystemError{errno, "making a memory file"};
    write_all(file.get(), stub::init_stub_bytes(), "the start stub");
    ::fchmod(file.get(), 0555);
    constexpr int kSeals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
    if (::fcntl(file.get(), F_ADD_SEALS, kSeals | F_SEAL_EXEC) != 0 && ::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
        throw SystemError{errno, "sealing the start stub"};
    }
    return file;
}

}  // namespace skiff::oci::native
