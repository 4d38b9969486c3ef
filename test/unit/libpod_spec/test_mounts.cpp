// The grammar of -v, --mount and --tmpfs. Source: podman-run(1).
#include <doctest/doctest.h>

#include "libpod/parse/values.h"
#include "util/csv.h"
#include "util/error.h"

namespace skiff::libpod {
namespace {

MountConfig volume(std::string_view text) { return parse_volume(text, "/home/me"); }
MountConfig mount(std::string_view text) { return parse_mount(text, "/home/me").front(); }

template <typename Parse>
void check_refused(Parse parse, std::string_view text) {
    CAPTURE(text);
    try {
        parse(text);
        FAIL_CHECK("was accepted");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Invalid);
    }
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("-v: source, destination and options") {
    const auto bind = volume("/src:/dst:ro,rslave,z,U");
    CHECK(bind.kind == MountKind::Bind);
    CHECK(bind.source == "/src");
    CHECK(bind.destination == "/dst");
    CHECK(bind.options == Words{"ro", "rslave"});
    CHECK(bind.relabel_shared);
    CHECK(bind.chown);
    CHECK(volume("./rel:/dst").source == "/home/me/rel");
    CHECK(volume("/a//b/../c/:/dst//x/").source == "/a/c");
    CHECK(volume("/a:/dst//x/").destination == "/dst/x");
}

TEST_CASE("-v: named and anonymous volumes") {
    CHECK(volume("data:/dst").kind == MountKind::Volume);
    CHECK(volume("data:/dst").source == "data");
    CHECK(volume("/dst").kind == MountKind::Volume);
    CHECK(volume("/dst").source.empty());
    CHECK_FALSE(volume("data:/dst:nocopy").copy);
}

TEST_CASE("-v: overlay") {
    CHECK(volume("/src:/dst:O").overlay);
    CHECK(volume("/src:/dst:O,upperdir=/u,workdir=/w").upper_dir == "/u");
    for (const auto* text : {"/src:/dst:O,ro", "/src:/dst:O,upperdir=/u", "/src:/dst:upperdir=/u,workdir=/w", "/src:/dst:O,O"}) {
        check_refused(volume, text);
    }
}

TEST_CASE("-v: owners of one's own choice") {
    const auto mapped = volume("/src:/dst:idmap=uids=0-100-5#9-9-1");
    CHECK(mapped.id_mapped);
    CHECK(mapped.uid_map == std::vector<IdMapping>{{0, 100, 5}, {9, 9, 1}});
    CHECK(mapped.gid_map == mapped.uid_map);
    CHECK(volume("/src:/dst:idmap").uid_map.empty());
    for (const auto* text : {"/src:/dst:idmap=", "/src:/dst:idmap=uids=1-2", "/src:/dst:idmap=uids=a-1-1", "/src:/dst:idmap,idmap=uids=0-0-1"}) {
        check_refused(volume, text);
    }
}

TEST_CASE("-v: the host's own directories keep their owners") {
    for (const auto* text : {"/etc:/e:U", "/:/e:U", "/usr/../etc:/e:U"}) check_refused(volume, text);
    CHECK(volume("/etc:/e:O,U").chown);
}

TEST_CASE("-v: what is refused") {
    for (const auto* text : {"", ":", "/src:", ":/dst", "/src:dst", "/src:/", "/src:/dst:ro:x", "/src:/dst:rw,ro", "/src:/dst:shared,slave",
                             "/src:/dst:z,Z", "/src:/dst:bogus", "-x:/dst", "a/b:/dst", "a b:/dst", "/src:/dst/..", "/src:/dst:size=1m"}) {
        check_refused(volume, text);
    }
}

TEST_CASE("--mount: short and long names of the same field") {
    for (const auto* text : {"type=bind,src=/s,dst=/d", "type=bind,source=/s,target=/d", "source=/s,type=bind,destination=/d"}) {
        CAPTURE(text);
        CHECK(mount(text).kind == MountKind::Bind);
        CHECK(mount(text).source == "/s");
        CHECK(mount(text).destination == "/d");
    }
    CHECK(mount("type=bind,src=rel,dst=/d").source == "/home/me/rel");
    CHECK(mount("src=data,dst=/d").kind == MountKind::Volume);
}

TEST_CASE("--mount: options") {
    CHECK(mount("type=bind,src=/s,dst=/d,ro").options == Words{"ro"});
    CHECK(mount("type=bind,src=/s,dst=/d,readonly=false").options == Words{"rw"});
    CHECK(mount("type=bind,src=/s,dst=/d,bind-propagation=rshared,bind-nonrecursive").options == Words{"rshared", "bind"});
    CHECK(mount("type=bind,src=/s,dst=/d,options=ro:noexec").options == Words{"ro", "noexec"});
    CHECK(mount("type=bind,src=/s,dst=/d,relabel=private").relabel_private);
    CHECK(mount("type=tmpfs,dst=/d,tmpfs-size=1m,tmpfs-mode=1777,notmpcopyup").options == Words{"size=1m", "mode=1777", "notmpcopyup"});
    CHECK(mount("type=volume,src=v,dst=/d,subpath=a/b").subpath == "a/b");
    CHECK_FALSE(mount("type=volume,src=v,dst=/d,volume-nocopy").copy);
}

TEST_CASE("--mount: quoted fields hold commas") {
    CHECK(mount("type=bind,\"src=/a,b\",dst=/d").source == "/a,b");
    CHECK(mount("type=bind,\"src=/a\"\"b\",dst=/d").source == "/a\"b");
}

TEST_CASE("--mount: artifacts are refused as such") {
    CHECK_THROWS_AS(mount("type=artifact,src=a,dst=/d"), Error);
}

TEST_CASE("--secret") {
    const auto file = parse_secret("name,uid=1,gid=2,mode=400,target=other");
    CHECK_FALSE(file.env);
    CHECK(file.target == "/run/secrets/other");
    CHECK(file.uid == 1);
    CHECK(file.gid == 2);
    CHECK(file.mode == 0400);
    CHECK(parse_secret("source=name").target == "/run/secrets/name");
    CHECK(parse_secret("name,target=/etc/x").target == "/etc/x");
    CHECK(parse_secret("name,type=env").target == "name");
    CHECK(parse_secret("name,type=env,target=V").target == "V");
    for (const auto* text : {"", "name,type=x", "name,mode=9", "name,uid=-1", "name,type=env,uid=1", "name,target=", "type=env", "name,type=env,target=A=B"}) {
        check_refused(parse_secret, text);
    }
}

TEST_CASE("--mount: what is refused") {
    for (const auto* text : {"", "type=bind", "type=bind,dst=/d", "type=bind,src=/s", "type=bogus,dst=/d", "type=bind,type=bind,src=/s,dst=/d",
                             "type=bind,src=/s,src=/t,dst=/d", "type=bind,src=/s,dst=/d,dst=/e", "type=bind,src=/s,dst=/d,", "type=bind,src=/s,dst=/d,size=1m",
                             "type=tmpfs,src=/s,dst=/d", "type=tmpfs,dst=/d,tmpfs-mode=9", "type=bind,src=/s,dst=/d,bind-propagation=ro", "type=bind,src,dst=/d",
                             "type=bind,src=/s,dst=/d,\"ro", "type=bind,src=/s,dst=/d,ro=perhaps", "type=volume,src=../x,dst=/d", "type=bind,src=/s,dst=/d,ro,rw",
                             "type=volume,src=v,dst=/d,subpath="}) {
        check_refused(mount, text);
    }
}

TEST_CASE("--tmpfs") {
    CHECK(parse_tmpfs("/t").options.empty());
    CHECK(parse_tmpfs("/t:rw,size=50%,mode=700,noexec").options == Words{"rw", "size=50%", "mode=700", "noexec"});
    for (const auto* text : {"", "t", "/", "/t:", "/t:size=x", "/t:bogus", "/t:rw,ro", "/t:uid=-1"}) check_refused(parse_tmpfs, text);
}

TEST_CASE("CSV") {
    CHECK(split_csv("a,b") == Words{"a", "b"});
    CHECK(split_csv("") == Words{""});
    CHECK(split_csv("\"a,b\",\"\",\"x\"\"y\"") == Words{"a,b", "", "x\"y"});
    for (const auto* text : {"\"a", "a\"b", "\"a\"b"}) check_refused(split_csv, text);
}

}  // namespace skiff::libpod
