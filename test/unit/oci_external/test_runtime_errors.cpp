// What crun 1.8.1 and runc 1.1.5 write when something fails, recorded from the real programs, and what becomes of it.
#include <doctest/doctest.h>

#include "oci/external/external_runtime.h"
#include "oci/external/runtime_errors.h"

namespace skiff::oci {
namespace {

struct Recorded {
    const char* operation;
    const char* program;
    const char* message;
    ErrorKind kind;
};

constexpr Recorded kRecorded[]{
    {"create", "nosuch", "executable file `nosuch` not found in $PATH: No such file or directory", ErrorKind::CommandNotFound},
    {"create", "/nosuch", "executable file `/nosuch` not found in $PATH: No such file or directory", ErrorKind::CommandNotFound},
    {"create", "/noexec", "open executable: Permission denied", ErrorKind::CannotExecute},
    {"create", "/d", "open executable: Operation not permitted", ErrorKind::CannotExecute},
    {"create", "/etc/passwd/x", "open executable: Not a directory", ErrorKind::CommandNotFound},
    {"create", "true", "error stat'ing file `/nosuch`: No such file or directory", ErrorKind::System},
    {"exec", "true", "chdir `/nodir`: No such file or directory", ErrorKind::CommandNotFound},
    {"create", "true", "container `t1` already exists", ErrorKind::Exists},
    {"start", "", "cannot open `/run/x/t1/exec.fifo`: No such file or directory", ErrorKind::WrongState},
    {"state", "", "error opening file `/run/x/nope/status`: No such file or directory", ErrorKind::NotFound},
    {"delete", "", "cannot open directory '/run/x/nope': No such file or directory", ErrorKind::NotFound},
    {"delete", "", "the container `t1` is not in `created` or `stopped` state", ErrorKind::WrongState},
    {"create", "true", "cgroups in hybrid mode not supported, drop all controllers from cgroupv2", ErrorKind::Unsupported},
    {"create", "nosuch", "runc create failed: unable to start container process: exec: \"nosuch\": executable file not found in $PATH",
     ErrorKind::CommandNotFound},
    {"create", "/nosuch", "runc create failed: unable to start container process: exec: \"/nosuch\": stat /nosuch: no such file or directory",
     ErrorKind::CommandNotFound},
    {"create", "/noexec", "runc create failed: unable to start container process: exec: \"/noexec\": permission denied", ErrorKind::CannotExecute},
    {"exec", "/d", "exec failed: unable to start container process: exec: \"/d\": permission denied", ErrorKind::CannotExecute},
    {"exec", "true", "exec failed: unable to start container process: chdir to cwd (\"/nodir\") set in config.json failed: no such file or directory",
     ErrorKind::CommandNotFound},
    {"create", "true",
     "runc create failed: unable to start container process: error during container init: error mounting \"/nosuch\" to rootfs at \"/x\": stat /nosuch: "
     "no such file or directory",
     ErrorKind::System},
    {"start", "", "cannot start an already running container", ErrorKind::WrongState},
    {"kill", "", "container does not exist", ErrorKind::NotFound},
    {"resume", "", "container not paused", ErrorKind::WrongState},
    {"create", "true", "runc create failed: container with given ID already exists", ErrorKind::Exists},
    {"delete", "", "cannot delete container t1 that is not stopped: running", ErrorKind::WrongState},
    {"create", "/m/noexec", "runc create failed: unable to start container process: error during container init: exec /m/noexec: permission denied",
     ErrorKind::CannotExecute},
    {"exec", "true", "chdir `/secret`: Permission denied", ErrorKind::CannotExecute},
};

Error error_for(const Recorded& recorded) {
    return runtime_error({.runtime = "runc", .operation = recorded.operation, .id = "t1", .program = recorded.program, .exit_code = 1},
                         {recorded.message});
}

}  // namespace

TEST_CASE("recorded messages get the kind that decides the exit status") {
    for (const auto& recorded : kRecorded) {
        CAPTURE(recorded.message);
        CHECK(static_cast<int>(error_for(recorded).kind()) == static_cast<int>(recorded.kind));
    }
}

TEST_CASE("one sentence, without the runtime's internals") {
    CHECK(std::string{error_for(kRecorded[0]).what()} == "program \"nosuch\": not found in the container's PATH");
    CHECK(std::string{error_for(kRecorded[15]).what()} == "program \"/noexec\": permission denied");
    CHECK(std::string{error_for(kRecorded[18]).what()} ==
          "OCI runtime runc: create: error mounting \"/nosuch\" to rootfs at \"/x\": stat /nosuch: no such file or directory");
}

TEST_CASE("a refused cgroup layout is told apart, also with context around it") {
    for (const auto& recorded : kRecorded) {
        CAPTURE(recorded.message);
        CHECK(is_cgroup_refusal(error_for(recorded)) == (recorded.kind == ErrorKind::Unsupported));
        CHECK(is_cgroup_refusal(error_for(recorded).in("starting")) == (recorded.kind == ErrorKind::Unsupported));
    }
}

TEST_CASE("a message about a file of the image that names a runtime phrase is not about the program") {
    const auto error = runtime_error({.runtime = "crun", .operation = "create", .id = "t", .program = "sh", .exit_code = 1},
                                     {"open `/x`: Permission denied"});
    CHECK(error.kind() == ErrorKind::System);
}

TEST_CASE("logs: JSON lines by level, other lines as they are, control characters made harmless") {
    CHECK(log_messages("{\"msg\":\"a\",\"level\":\"error\"}\n{\"msg\":\"w\",\"level\":\"warning\"}\n\nplain\n{\"msg\":\"b\\u001b[0m\\nc\"}\n") ==
          std::vector<std::string>{"a", "plain", "b [0m c"});
    CHECK(log_messages("").empty());
    const auto silent = runtime_error({.runtime = "runc", .operation = "start", .id = "t", .program = "", .exit_code = 3}, {});
    CHECK(std::string{silent.what()} == "OCI runtime runc: start: ended with status 3");
}

}  // namespace skiff::oci
