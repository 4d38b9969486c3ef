#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "image/registry/challenge.h"
#include "image/registry/credentials.h"
#include "image/registry/referrers.h"
#include "image/registry/registries_conf.h"
#include "image/registry/registry_warnings.h"
#include "image/registry/url.h"
#include "util/base64.h"
#include "util/error.h"
#include "util/random.h"

using namespace skiff;
using namespace skiff::image;
using namespace skiff::image::registry;
namespace fs = std::filesystem;

namespace {

/// A directory of the test's own, removed with its content.
class Directory {
public:
    Directory() : path_{fs::temp_directory_path() / ("skiff-registry-" + random_hex(12))} { fs::create_directory(path_); }
    ~Directory() { fs::remove_all(path_); }
    fs::path write(const std::string& name, const std::string& text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream{path_ / name} << text;
        return path_ / name;
    }
    const fs::path& path() const { return path_; }

private:
    fs::path path_;
};

RegistriesConf conf_of(const std::string& text) {
    const Directory directory;
    return load_registries_conf({{directory.write("registries.conf", text)}, {}, {}});
}

}  // namespace

TEST_CASE("URLs") {
    const auto url = Url::parse("HTTPS://Registry.Example:5000/v2/?a=b#c");
    CHECK(url.secure());
    CHECK(url.authority() == "registry.example:5000");
    CHECK(url.target == "/v2/?a=b");
    CHECK(Url::parse("http://[::1]:80").text() == "http://[::1]:80/");
    for (const char* bad : {"file:///etc/passwd", "https://user:pw@host/", "https:///x", "https://host:0/", "https://host:99999/", "https://ho st/", "host/x", "https://h\n/"})
        CHECK_THROWS_AS(Url::parse(bad), Error);
    CHECK(same_origin(Url::parse("https://a/"), Url::parse("https://A:443/x")));
    CHECK_FALSE(same_origin(Url::parse("https://a/"), Url::parse("http://a/")));
    CHECK_FALSE(same_origin(Url::parse("https://a/"), Url::parse("https://a:444/")));
    CHECK_FALSE(same_origin(Url::parse("https://a.b/"), Url::parse("https://b/")));
    const auto base = Url::parse("https://host:1/a/b?c");
    CHECK(resolve_location(base, "/x").text() == "https://host:1/x");
    CHECK(resolve_location(base, "x?y").text() == "https://host:1/a/x?y");
    CHECK(resolve_location(base, "?y").text() == "https://host:1/a/b?y");
    CHECK(resolve_location(base, "//other/z").text() == "https://other/z");
    CHECK(resolve_location(base, "http://other/z").text() == "http://other/z");
    CHECK_THROWS_AS(resolve_location(base, "ftp://other/z"), Error);
    CHECK(percent_encoded("repository:a/b:pull,push") == "repository%3Aa%2Fb%3Apull%2Cpush");
}

TEST_CASE("challenges") {
    const auto both = parse_challenges(R"(Basic realm="a, \"b\"", Bearer realm="https://t/x",service = "s",scope="repository:a:pull,push")");
    REQUIRE(both.size() == 2);
    CHECK(both[0].scheme == "basic");
    CHECK(both[0].parameter("realm") == "a, \"b\"");
    CHECK(both[1].parameter("realm") == "https://t/x");
    CHECK(both[1].parameter("service") == "s");
    CHECK(both[1].parameter("scope") == "repository:a:pull,push");
    CHECK(choose_challenge({"Basic realm=x", "Bearer realm=y"})->scheme == "bearer");
    CHECK(choose_challenge({"Negotiate, Basic realm=x"})->scheme == "basic");
    CHECK_FALSE(choose_challenge({"Negotiate", "", "=\"", "\"unfinished"}).has_value());
}

TEST_CASE("base64") {
    for (const std::string text : {"", "a", "ab", "abc", "user:p\xc3\xa4ss word"}) CHECK(base64_decoded(base64_encoded(text)) == text);
    CHECK(base64_encoded("user:pass word") == "dXNlcjpwYXNzIHdvcmQ=");
    CHECK_FALSE(base64_decoded("a").has_value());
    CHECK_FALSE(base64_decoded("ab!=").has_value());
}

TEST_CASE("credentials: the most specific entry of the first file that has one") {
    const Directory directory;
    Options options;
    options.authfile = directory.write("auth.json", R"({"auths": {
        "host:5000": {"auth": "YTpi"}, "host:5000/team": {"auth": "Yzpk"},
        "https://old.test/v1/": {"auth": "ZTpm"}, "https://index.docker.io/v1/": {"auth": "Zzpo"}, "token.test": {"auth": "", "identitytoken": "t"}}})").native();
    CHECK(find_login(options, "host:5000", "x")->user == "a");
    CHECK(find_login(options, "host:5000", "team/app")->user == "c");
    CHECK(find_login(options, "host:5000", "teams/app")->user == "a");
    CHECK(find_login(options, "old.test", "x")->user == "e");
    CHECK(find_login(options, "docker.io", "library/x")->password == "h");
    CHECK(find_login(options, "token.test", "x")->identity_token == "t");
    CHECK_FALSE(find_login(options, "host", "x").has_value());
    CHECK_FALSE(find_login(options, "old.test.evil", "x").has_value());
    options.authfile = directory.write("bad.json", R"({"auths": {"host": {"auth": "!!"}}})").native();
    CHECK_THROWS_AS(find_login(options, "host", "x"), Error);
    options.creds = parse_login("me:secret:with:colons");
    CHECK(find_login(options, "host", "x")->password == "secret:with:colons");
    CHECK_THROWS_AS(parse_login(":x"), Error);
}

TEST_CASE("credentials are stored, replaced and taken away") {
    const Directory directory;
    const Options options;
    const auto file = directory.path() / "deep/auth.json";
    store_login(options, file, AuthFormat::Containers, "host", {"u", "p", {}});
    store_login(options, file, AuthFormat::Containers, "other", {"v", "q", {}});
    store_login(options, file, AuthFormat::Containers, "host", {"u", "new", {}});
    CHECK((fs::status(file).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
    Options reading;
    reading.authfile = file.native();
    CHECK(find_login(reading, "host", "x")->password == "new");
    CHECK(remove_login(options, file, AuthFormat::Containers, "host"));
    CHECK_FALSE(remove_login(options, file, AuthFormat::Containers, "host"));
    CHECK_FALSE(find_login(reading, "host", "x").has_value());
    remove_all_logins(options, file);
    CHECK_FALSE(find_login(reading, "other", "x").has_value());
}

TEST_CASE("registries.conf: the longest prefix decides") {
    const auto conf = conf_of(R"(
[[registry]]
prefix = "a.test"
location = "b.test/moved"
[[registry]]
location = "a.test/team"
insecure = true
[[registry]]
prefix = "*.wild.test"
location = "c.test"
[[registry]]
location = "blocked.test/part"
blocked = true
)");
    const auto first = [&](const char* name) { return endpoints_for(conf, normalize_reference(name, Default::DockerHub)).front(); };
    CHECK(first("a.test/x/y:1").host == "b.test");
    CHECK(first("a.test/x/y:1").repository == "moved/x/y");
    CHECK(first("a.test/team/y").insecure);
    CHECK(first("a.test/team/y").repository == "team/y");
    CHECK(first("a.test/teams/y").host == "b.test");
    CHECK(first("sub.wild.test/x").host == "c.test");
    CHECK(first("wild.test/x").host == "wild.test");
    CHECK(first("docker.io/busybox").repository == "library/busybox");
    CHECK(first("blocked.test/other/x").host == "blocked.test");
    CHECK_THROWS_AS(first("blocked.test/part/x"), Error);
}

TEST_CASE("registries.conf: mirrors and what they serve") {
    const auto conf = conf_of(R"(
[[registry]]
location = "a.test"
[[registry.mirror]]
location = "all.test"
[[registry.mirror]]
location = "digests.test"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.test/sub"
pull-from-mirror = "tag-only"
)");
    const auto hosts = [&](const std::string& name) {
        std::string all;
        for (const auto& endpoint : endpoints_for(conf, normalize_reference(name, Default::DockerHub))) all += endpoint.host + "/" + endpoint.repository + " ";
        return all;
    };
    CHECK(hosts("a.test/x:1") == "all.test/x tags.test/sub/x a.test/x ");
    CHECK(hosts("a.test/x@sha256:" + std::string(64, 'a')) == "all.test/x digests.test/x a.test/x ");
}

TEST_CASE("registries.conf: short names") {
    const std::string search = "unqualified-search-registries = [\"a.test\", \"b.test\"]\n";
    const std::string alias = "[aliases]\nshort = \"c.test/team/app\"\n";
    const auto name = parse_reference("short:1");
    CHECK(resolve_short_name(conf_of(search), name).must_choose);
    CHECK(resolve_short_name(conf_of(search), name).references.size() == 2);
    CHECK(resolve_short_name(conf_of(search + alias), name).references.front().text() == "c.test/team/app:1");
    CHECK_FALSE(resolve_short_name(conf_of("short-name-mode = \"permissive\"\n" + search), name).must_choose);
    CHECK(resolve_short_name(conf_of("short-name-mode = \"disabled\"\n" + search + alias), name).references.front().text() == "a.test/short:1");
    CHECK(resolve_short_name(conf_of("unqualified-search-registries = [\"docker.io\"]"), parse_reference("x")).references.front().text() == "docker.io/library/x:latest");
    CHECK_THROWS_AS(resolve_short_name(conf_of(""), name), Error);
}

TEST_CASE("registries.conf: drop-ins win, malformed files are refused") {
    const Directory directory;
    const auto main = directory.write("registries.conf", "unqualified-search-registries = [\"a.test\"]\n[[registry]]\nlocation = \"x.test\"\nblocked = true\n");
    directory.write("d/10.conf", "[[registry]]\nlocation = \"x.test\"\n");
    directory.write("d/20.conf", "unqualified-search-registries = [\"b.test\"]\n");
    directory.write("d/ignored.txt", "nonsense [");
    const auto conf = load_registries_conf({{directory.path() / "absent.conf", main}, {directory.path() / "d"}, {}});
    CHECK(conf.search == std::vector<std::string>{"b.test"});
    CHECK_NOTHROW(endpoints_for(conf, parse_reference("x.test/a:1")));
    for (const char* bad : {"x = ", "[[registry]]\n", "[[registry]]\nlocation = 1\n", "[[registry]]\nlocation = \"https://x\"\n", "short-name-mode = \"maybe\"\n",
                            "[registries.search]\nregistries = []\n", "[[registry]]\nlocation = \"a.test\"\n[[registry.mirror]]\n"})
        CHECK_THROWS_AS(conf_of(bad), Error);
}

TEST_CASE("warnings of registries: only code 299 without an agent, quoted") {
    CHECK(warning_text(R"(299 - "closing soon")") == "closing soon");
    CHECK(warning_text(R"(299 - "a \"quoted\" word")") == "a \"quoted\" word");
    CHECK(warning_text(R"(299 - "")").empty());
    for (const char* odd : {"", "299", R"(199 - "text")", R"(299 agent "text")", R"(299 - "no end)", R"(299 - "\)", "299 - text"}) CHECK(warning_text(odd).empty());
}

TEST_CASE("the tag of what refers to a manifest") {
    CHECK(referrers_tag(Digest::parse("sha256:" + std::string(64, 'a'))) == "sha256-" + std::string(64, 'a'));
    CHECK(referrers_tag(Digest::parse("sha512:" + std::string(128, 'b'))) == "sha512-" + std::string(64, 'b'));
}
