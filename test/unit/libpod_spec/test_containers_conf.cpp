// containers.conf: order of files, types, unknown keys.
#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "libpod/containers_conf.h"
#include "util/error.h"

namespace skiff::libpod {
namespace {

/// A directory of its own with files in it, gone at the end.
class Files {
public:
    Files() {
        std::string pattern = (fs::temp_directory_path() / "skiff-conf-XXXXXX").string();
        directory_ = ::mkdtemp(pattern.data());
        fs::create_directory(directory_ / "d");
    }
    ~Files() { fs::remove_all(directory_); }
    fs::path write(const std::string& name, const std::string& text) const {
        std::ofstream{directory_ / name} << text;
        return directory_ / name;
    }
    ConfigLocations where() const { return {{directory_ / "a.conf", directory_ / "b.conf"}, {directory_ / "d"}, {}, {}}; }

private:
    fs::path directory_;
};

}  // namespace

TEST_CASE("without files there are the defaults") {
    const Files files;
    const auto config = load_engine_config(files.where());
    CHECK(config.pids_limit == 2048);
    CHECK(config.stop_timeout_s == 10);
    CHECK(config.default_sysctls == std::vector<std::string>{"net.ipv4.ping_group_range=0 0"});
}

TEST_CASE("later files win, key by key") {
    const Files files;
    files.write("a.conf", "[containers]\npids_limit = 1\ntz = \"UTC\"\nenv = [\"A=b\"]\n[engine]\nruntime = \"crun\"\n[engine.runtimes]\ncrun = [\"/a\", \"/b\"]\n");
    files.write("b.conf", "# comment\n  # another\n[containers]\npids_limit = 2\n");
    files.write("d/2.conf", "[containers]\npids_limit = 4\n");
    files.write("d/1.conf", "[containers]\npids_limit = 3\n");
    files.write("d/9.off", "[containers]\npids_limit = 9\n");
    auto where = files.where();
    auto config = load_engine_config(where);
    CHECK(config.pids_limit == 4);
    CHECK(config.time_zone == "UTC");
    CHECK(config.env == std::vector<std::string>{"A=b"});
    CHECK(config.runtimes.at("crun") == std::vector<std::string>{"/a", "/b"});
    where.on_top = files.write("top", "[engine]\nstop_timeout = 3\n").string();
    CHECK(load_engine_config(where).stop_timeout_s == 3);
    where.replacement = files.write("instead", "[containers]\npids_limit = 7\n").string();
    config = load_engine_config(where);
    CHECK(config.pids_limit == 7);
    CHECK(config.time_zone.empty());
    CHECK(config.stop_timeout_s == 3);
}

TEST_CASE("unknown keys pass, wrong ones do not") {
    const Files files;
    files.write("a.conf", "[containers]\nnew_key = 1\n[unknown]\nx = 2\n");
    CHECK_NOTHROW(load_engine_config(files.where()));
    for (const auto* text : {"[containers]\npids_limit = \"x\"\n", "[containers]\nenv = \"x\"\n", "[containers]\nenv = [1]\n", "containers = 1\n",
                             "[engine]\nstop_timeout = -1\n", "[containers\n", "[engine]\nruntimes = 1\n"}) {
        CAPTURE(text);
        files.write("a.conf", text);
        try {
            load_engine_config(files.where());
            FAIL_CHECK("was accepted");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::Invalid);
            CHECK(std::string{error.what()}.find("a.conf") != std::string::npos);
        }
    }
}

TEST_CASE("a syntax error is reported with its own line, comments before it or not") {
    const Files files;
    files.write("a.conf", "# one\n# two\n[containers]\n# four\nenv = [\n\"x\" \"y\"]\n");
    try {
        load_engine_config(files.where());
        FAIL_CHECK("was accepted");
    } catch (const Error& error) {
        CHECK(std::string{error.what()}.find("line 6") != std::string::npos);
    }
}

TEST_CASE("comments and headers alone change nothing, a broken header is still reported") {
    const Files files;
    files.write("a.conf", "# pids_limit = 1\n[containers]\n\t# tz = \"UTC\"\n\n[engine.runtimes]\n");
    CHECK(load_engine_config(files.where()).pids_limit == 2048);
    const std::string last_line_open = "# c\n[containers]\npids_limit = 5";
    files.write("b.conf", last_line_open);
    CHECK(load_engine_config(files.where()).pids_limit == 5);
    files.write("a.conf", "# comment\n[containers\n");
    CHECK_THROWS_WITH_AS(load_engine_config(files.where()), doctest::Contains("line 2"), Error);
}

TEST_CASE("a multi-line string keeps lines that look like comments") {
    const Files files;
    files.write("a.conf", "[containers]\ntz = \"\"\"a\n# b\"\"\"\n");
    CHECK(load_engine_config(files.where()).time_zone == "a\n# b");
}

TEST_CASE("a file that the environment names must exist") {
    ConfigLocations where{{}, {}, "/nosuch/file", {}};
    CHECK_THROWS_AS(load_engine_config(where), Error);
}

}  // namespace skiff::libpod
