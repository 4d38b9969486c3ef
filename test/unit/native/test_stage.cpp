#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "oci/native/errors.h"
#include "oci/native/executable.h"
#include "oci/native/init.h"
#include "oci/native/lsm.h"
#include "oci/native/process_setup.h"
#include "oci/native/seccomp.h"
#include "oci/native/stage_message.h"
#include "stub/message.h"
#include "stub/stub.h"
#include "util/files.h"

using namespace skiff;
using namespace skiff::oci::native;

namespace {

/// Runs the stub as --init does, with `words`; its exit status.
int run_stub(std::vector<std::string> words) {
    const UniqueFd stub = make_stub();
    words.insert(words.begin(), "init");
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    char path[] = "PATH=/usr/bin:/bin";
    char* env[] = {path, nullptr};
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(2);
        ::fexecve(stub.get(), argv.data(), env);
        ::_exit(99);
    }
    int status = 0;
    REQUIRE(::waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

Seccomp profile(const char* action) {
    Seccomp made;
    made.default_action = "SCMP_ACT_ALLOW";
    made.syscalls.push_back({{"mkdir", "nosuchcall", "mkdirat"}, action, 1, {}});
    return made;
}

}  // namespace

TEST_CASE("the init stub passes the command's end on") {
    CHECK(run_stub({"--", "sh", "-c", "exit 7"}) == 7);
    CHECK(run_stub({"true"}) == 0);
    CHECK(run_stub({"sh", "-c", "kill -KILL $$"}) == 137);
    CHECK(run_stub({"/nonexistent/program"}) == 127);
    CHECK(run_stub({"nosuchprogramatall"}) == 127);
    CHECK(run_stub({"/etc/passwd"}) == 126);
    CHECK(run_stub({}) == 127);
}

TEST_CASE("the stub's file cannot be written") {
    const UniqueFd stub = make_stub();
    CHECK(stub::init_stub_bytes().size() <= 20480);
    CHECK(::write(stub.get(), "x", 1) < 0);
    CHECK(::ftruncate(stub.get(), 0) < 0);
    CHECK((::fcntl(stub.get(), F_GET_SEALS) & F_SEAL_WRITE) != 0);
}

TEST_CASE("the stage message holds everything at checked offsets") {
    Spec spec;
    Process process;
    process.args = {"prog", "argument", ""};
    process.user.additional_gids = {5, 6};
    process.capabilities.effective = 3;
    process.capabilities.permitted = 1;
    process.rlimits = {{7, 10, 20}};
    InitPlan plan;
    plan.spec = &spec;
    plan.process = &process;
    Preparation preparation;
    preparation.seccomp.resize(3);
    const std::string bytes = stage_message({&plan, &preparation, "/bin/prog", {"A=1", std::string(200000, 'x')}, -1, false});
    skiff_message message;
    REQUIRE(bytes.size() >= sizeof message);
    std::memcpy(&message, bytes.data(), sizeof message);
    CHECK(message.size == bytes.size());
    CHECK(std::string{bytes.c_str() + message.path} == "/bin/prog");
    CHECK(message.argv.count == 3);
    CHECK(message.env.count == 2);
    CHECK(message.group_count == 2);
    CHECK(message.seccomp_length == 3);
    CHECK(message.effective == 1);  // never more than what is permitted
    std::uint64_t slot = 0;
    std::memcpy(&slot, bytes.data() + message.argv.offset + 8, sizeof slot);
    CHECK(std::string{bytes.c_str() + slot} == "argument");
    CHECK(message.argv.offset % 8 == 0);
}

TEST_CASE("programs are found, or the reason is told") {
    CHECK(find_program("sh", {"PATH=/nonexistent:/bin:/usr/bin"}) == "/bin/sh");
    const auto kind_of = [](const std::string& name, const std::vector<std::string>& env) {
        try {
            find_program(name, env);
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::Cancelled;
    };
    CHECK(kind_of("sh", {"PATH=/nonexistent"}) == ErrorKind::CommandNotFound);
    CHECK(kind_of("/bin", {}) == ErrorKind::CannotExecute);
    CHECK(kind_of("/etc/passwd", {}) == ErrorKind::CannotExecute);
    CHECK(kind_of("/etc/passwd/x", {}) == ErrorKind::CommandNotFound);
    char script[] = "/tmp/skiff-unit-script-XXXXXX";
    UniqueFd file{::mkstemp(script)};
    write_all(file.get(), "#!/no/such/interpreter -x\n", script);
    ::fchmod(file.get(), 0755);
    file.reset();
    CHECK_THROWS_WITH_AS(find_program(script, {}), doctest::Contains("/no/such/interpreter"), Error);
    ::unlink(script);
}

TEST_CASE("HOME comes from a well-formed line of passwd") {
    const char* passwd = "root:x:0:0:root:/root:/bin/sh\nbroken\nu:x:1000:1000::/home/u:/bin/sh\nv:x:1001:1:::\nw:x:1002:1::relative:\n";
    CHECK(detail::home_in_passwd(passwd, 1000) == "/home/u");
    CHECK(detail::home_in_passwd(passwd, 1001).empty());
    CHECK(detail::home_in_passwd(passwd, 1002).empty());
    CHECK(detail::home_in_passwd(passwd, 5).empty());
}

TEST_CASE("CPU lists") {
    CHECK(parse_list("0-2,5", 1024, "CPUs") == std::vector<int>{0, 1, 2, 5});
    for (const char* list : {"", "a", "3-1", "1-", "-1", "99999"}) CHECK_THROWS_AS(parse_list(list, 1024, "CPUs"), ConfigInvalid);
}

TEST_CASE("seccomp profiles are compiled, unknown calls passed over, unknown words refused") {
    const SeccompProgram program = compile_seccomp(profile("SCMP_ACT_ERRNO"));
    CHECK(program.instructions.size() > 4);
    CHECK_FALSE(program.notify);
    CHECK_THROWS_AS(compile_seccomp(profile("SCMP_ACT_NONSENSE")), ConfigInvalid);
    Seccomp notify = profile("SCMP_ACT_NOTIFY");
    notify.syscalls[0].errno_ret.reset();
    CHECK_THROWS_AS(compile_seccomp(notify), ConfigInvalid);
}

TEST_CASE("a system call passes a seccomp profile always only when no rule has a condition on it") {
    Seccomp wanted;
    wanted.default_action = "SCMP_ACT_ERRNO";
    CHECK_FALSE(allows_always(wanted, "read"));
    wanted.syscalls.push_back({{"write", "read"}, "SCMP_ACT_ALLOW", {}, {}});
    CHECK(allows_always(wanted, "read"));
    CHECK_FALSE(allows_always(wanted, "close"));
    wanted.syscalls.push_back({{"read"}, "SCMP_ACT_ALLOW", {}, {{0, 7, 0, "SCMP_CMP_EQ"}}});
    CHECK_FALSE(allows_always(wanted, "read"));
    wanted.default_action = "SCMP_ACT_ALLOW";
    CHECK(allows_always(wanted, "close"));
    wanted.syscalls.push_back({{"close"}, "SCMP_ACT_KILL_PROCESS", {}, {}});
    CHECK_FALSE(allows_always(wanted, "close"));
}

TEST_CASE("the seccomp cache gives back the same program and ignores damage") {
    char name[] = "/tmp/skiff-unit-XXXXXX";
    const std::filesystem::path directory = ::mkdtemp(name);
    const Seccomp wanted = profile("SCMP_ACT_ERRNO");
    const auto same = [&](const SeccompProgram& found) {
        const SeccompProgram fresh = compile_seccomp(wanted);
        return found.instructions.size() == fresh.instructions.size() &&
               std::memcmp(found.instructions.data(), fresh.instructions.data(), fresh.instructions.size() * sizeof(sock_filter)) == 0;
    };
    CHECK(same(cached_seccomp(wanted, directory)));
    REQUIRE(std::filesystem::directory_iterator{directory} != std::filesystem::directory_iterator{});
    const std::filesystem::path file = std::filesystem::directory_iterator{directory}->path();
    CHECK(same(cached_seccomp(wanted, directory)));
    SUBCASE("cut short") { std::filesystem::resize_file(file, 30); }
    SUBCASE("open to others") { ::chmod(file.c_str(), 0644); }
    SUBCASE("another kind of file") {
        std::filesystem::remove(file);
        REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    }
    CHECK(same(cached_seccomp(wanted, directory)));
    std::filesystem::remove_all(directory);
}
