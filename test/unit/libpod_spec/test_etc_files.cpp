// The files that the engine generates for a container.
#include <doctest/doctest.h>

#include "libpod/spec/etc_files.h"
#include "util/error.h"

namespace skiff::libpod {

TEST_CASE("/etc/hosts: the user's entries first, then the base, then the container's own; the first line of a name wins") {
    ContainerConfig config;
    config.extra_hosts = {{{"db", "db2"}, "10.0.0.5"}};
    CHECK(hosts_content("127.0.0.1 localhost # here\n\n# comment\n10.9.9.9\tdb other\n::1 localhost ip6\n", config, {{"10.0.0.2", {"me", "web"}}}, "") ==
          "10.0.0.5\tdb db2\n127.0.0.1\tlocalhost\n10.9.9.9\tother\n::1\tlocalhost ip6\n10.0.0.2\tme web\n");
    CHECK(hosts_content("", {}, {}, "") == "127.0.0.1\tlocalhost\n::1\tlocalhost\n");
    CHECK(hosts_content("", {}, {{"10.0.0.2", {"me"}}, {"10.1.0.2", {"me", "localhost"}}}, "").ends_with("10.0.0.2\tme\n10.1.0.2\tme\n"));
    config.extra_hosts = {{{"x"}, "host-gateway"}};
    CHECK_THROWS_AS(hosts_content("", config, {}, ""), Error);
}

TEST_CASE("/etc/resolv.conf: the host's, options over it, loopback servers dropped on request") {
    const char* host = "# c\nnameserver 127.0.0.53\nnameserver 9.9.9.9\ndomain a\nsearch b c\noptions edns0\n";
    CHECK(resolv_conf_content(host, {}, {}, false) == "search b c\nnameserver 127.0.0.53\nnameserver 9.9.9.9\noptions edns0\n");
    CHECK(resolv_conf_content(host, {}, {}, true) == "search b c\nnameserver 9.9.9.9\noptions edns0\n");
    CHECK(resolv_conf_content(host, {{"1.1.1.1"}, {"."}, {"ndots:2"}}, {}, true) == "nameserver 1.1.1.1\noptions ndots:2\n");
    CHECK(resolv_conf_content("", {}, {}, true).empty());
}

TEST_CASE("/etc/passwd: an entry for a user that has none") {
    ContainerConfig config;
    ResolvedUser user;
    user.uid = 5000;
    user.gid = 6000;
    CHECK_FALSE(passwd_content("root:x:0:0::/:\n", config, {}));
    config.user = "5000:6000";
    config.work_dir = "/work";
    CHECK(passwd_content("root:x:0:0::/:", config, user) == "root:x:0:0::/:\n5000:*:5000:6000:container user:/work:/bin/sh\n");
    CHECK_FALSE(passwd_content("x:x:5000:1::/:\n", config, user));
    config.work_dir = "/a:0:0::/:\nroot2";
    CHECK(passwd_content("", config, user) == "5000:*:5000:6000:container user:/:/bin/sh\n");
    config.work_dir = "/work";
    config.passwd_entry = "$USERNAME:x:$UID:$GID:$NAME:$HOME:/bin/false";
    CHECK(passwd_content("", config, user) == "5000:x:5000:6000:container user:/work:/bin/false\n");
    config.passwd = false;
    CHECK_FALSE(passwd_content("", config, user));
}

TEST_CASE("/etc/passwd: users of the host") {
    ContainerConfig config;
    config.host_users = {"root"};
    CHECK(passwd_content("", config, {}).value_or("").starts_with("root:"));
    CHECK_FALSE(passwd_content("root:x:0:0::/:\n", config, {}));
    config.host_users = {"nosuchuser"};
    CHECK_THROWS_AS(passwd_content("", config, {}), Error);
}

TEST_CASE("/etc/group: an entry for a group that has none") {
    ContainerConfig config;
    ResolvedUser user;
    user.gid = 6000;
    user.name = "me";
    CHECK_FALSE(group_content("", config, user));
    config.user = "me:6000";
    CHECK(group_content("root:x:0:\n", config, user) == "root:x:0:\n6000:x:6000:me\n");
    CHECK_FALSE(group_content("g:x:6000:\n", config, user));
}

TEST_CASE("/run/.containerenv tells a privileged container where it is") {
    ContainerConfig config;
    CHECK(containerenv_content(config).empty());
    config.privileged = true;
    config.name = "web";
    CHECK(containerenv_content(config).find("name=\"web\"\n") != std::string::npos);
}

}  // namespace skiff::libpod
