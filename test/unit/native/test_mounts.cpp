#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "oci/native/errors.h"
#include "oci/native/mount_options.h"
#include "oci/native/rootfs_path.h"
#include "oci/native/sysctl.h"
#include "util/error.h"
#include "util/files.h"

using namespace skiff;
using namespace skiff::oci::native;

TEST_CASE("mount options become flags, attributes and data") {
    const MountOptions options = parse_mount_options({"nosuid", "ro", "noatime", "size=64k", "mode=755", "rprivate", "rbind"});
    CHECK(options.flags == (MS_NOSUID | MS_RDONLY | MS_NOATIME));
    CHECK(options.attr_set == (MOUNT_ATTR_NOSUID | MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME));
    CHECK((options.attr_clear & MOUNT_ATTR__ATIME) == MOUNT_ATTR__ATIME);
    CHECK(options.data == std::vector<std::string>{"size=64k", "mode=755"});
    CHECK(options.propagation == (MS_PRIVATE | MS_REC));
    CHECK(options.bind);
    CHECK(options.recursive_bind);
}

TEST_CASE("the last of contradicting options holds") {
    CHECK((parse_mount_options({"ro", "rw"}).attr_set & MOUNT_ATTR_RDONLY) == 0);
    CHECK((parse_mount_options({"ro", "rw"}).attr_clear & MOUNT_ATTR_RDONLY) != 0);
    CHECK((parse_mount_options({"rw", "ro"}).attr_set & MOUNT_ATTR_RDONLY) != 0);
    CHECK((parse_mount_options({"noatime", "strictatime"}).attr_set & MOUNT_ATTR__ATIME) == MOUNT_ATTR_STRICTATIME);
    CHECK((parse_mount_options({"noatime", "relatime"}).attr_set & MOUNT_ATTR__ATIME) == 0);
}

TEST_CASE("recursive options touch the whole tree") {
    const MountOptions options = parse_mount_options({"rro", "rnosuid", "rbind"});
    CHECK(options.recursive_set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID));
    CHECK(options.attr_set == 0);
    CHECK(parse_mount_options({"rsize=8192"}).data.size() == 1);  // of nfs, no recursive flag
}

namespace {

class Tree {
public:
    Tree() {
        char name[] = "/tmp/skiff-unit-XXXXXX";
        path_ = ::mkdtemp(name);
        fs::create_directories(path_ / "root/etc");
        fs::create_directories(path_ / "outside");
        std::ofstream{path_ / "outside/file"} << "host";
        root_ = open_directory(path_ / "root");
    }
    ~Tree() { fs::remove_all(path_); }
    void link(const char* target, const char* name) const { fs::create_symlink(target, path_ / "root" / name); }
    int root() const { return root_.get(); }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
    UniqueFd root_;
};

std::string where(const UniqueFd& fd) { return fs::read_symlink(proc_fd_path(fd.get())); }

}  // namespace

TEST_CASE("mount targets never lie outside the root") {
    const Tree tree;
    const std::string root = (tree.path() / "root").native();
    tree.link("/etc", "absolute");
    tree.link("../../outside", "climbing");
    tree.link("absolute/deeper", "chain");
    tree.link((tree.path() / "outside").c_str(), "named");
    CHECK(where(open_target(tree.root(), "/absolute", Create::Nothing)) == root + "/etc");
    CHECK(where(open_target(tree.root(), "/../../etc", Create::Nothing)) == root + "/etc");
    CHECK(where(open_target(tree.root(), "/climbing/x", Create::Directory)) == root + "/outside/x");
    CHECK(where(open_target(tree.root(), "/chain/new/file", Create::File)) == root + "/etc/deeper/new/file");
    CHECK(where(open_target(tree.root(), "/named/f", Create::File)).starts_with(root + "/"));
    CHECK(fs::directory_iterator{tree.path() / "outside"} != fs::directory_iterator{});
    CHECK_FALSE(fs::exists(tree.path() / "outside/x"));
    CHECK_FALSE(fs::exists(tree.path() / "outside/f"));
}

TEST_CASE("loops, missing files and plain directories are told apart") {
    const Tree tree;
    tree.link("loop", "loop");
    tree.link("etc", "link");
    CHECK_THROWS_AS((void)open_target(tree.root(), "/loop", Create::Directory), SystemError);
    CHECK_THROWS_AS((void)open_target(tree.root(), "/missing", Create::Nothing), SystemError);
    CHECK_FALSE(open_target_if_exists(tree.root(), "/missing"));
    CHECK_FALSE(open_target_if_exists(tree.root(), "/missing/deeper"));
    CHECK(open_plain_directory(tree.root(), "/etc"));
    CHECK(open_plain_directory(tree.root(), "/new"));
    CHECK_THROWS_AS((void)open_plain_directory(tree.root(), "/link"), SystemError);
    CHECK_THROWS_AS((void)open_plain_directory(tree.root(), "/link/below"), SystemError);
}

TEST_CASE("sysctl names lead to one file below /proc/sys") {
    CHECK(sysctl_path("net.ipv4.ip_forward") == "net/ipv4/ip_forward");
    CHECK(sysctl_path("net/ipv4/conf/eth0.1/forwarding") == "net/ipv4/conf/eth0.1/forwarding");
    for (const char* name : {"", "..", "net/../kernel/core_pattern", "/net/x", "net//x", "net.ipv4.x=1", "net ipv4", "a\nb", "net..x", "net/x/"}) {
        CHECK_THROWS_AS(sysctl_path(name), ConfigInvalid);
    }
}
