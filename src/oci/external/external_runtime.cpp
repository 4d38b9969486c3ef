#include "oci/external/external_runtime.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "oci/external/runtime_errors.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci {
namespace {

constexpr std::size_t kLogLimit = 1U << 20;
constexpr std::size_t kSocketPathLimit = 107;  // unix(7), sun_path

/// A descriptor of ours as another process can open it: no inheritance needed, and short.
std::string path_for_child(int fd) { return concat("/proc/", ::getpid(), "/fd/", fd); }

std::string content_of(int fd) {
    ::lseek(fd, 0, SEEK_SET);
    return read_all(fd, kLogLimit, "runtime log");
}

/// A socket's path, shortened through its directory's descriptor where it would not fit into an address.
class SocketPath {
public:
    explicit SocketPath(const std::optional<fs::path>& path) {
        if (!path) return;
        text_ = path->string();
        if (text_.size() <= kSocketPathLimit) return;
        directory_ = open_at(AT_FDCWD, path->parent_path(), O_PATH | O_DIRECTORY);
        text_ = concat(path_for_child(directory_.get()), "/", path->filename().string());
    }
    const std::string& text() const { return text_; }

private:
    UniqueFd directory_;
    std::string text_;
};

Status parse_status(const std::string& word, const std::string& runtime) {
    constexpr std::array<std::pair<std::string_view, Status>, 5> kWords{{{"creating", Status::Creating},
                                                                         {"created", Status::Created},
                                                                         {"running", Status::Running},
                                                                         {"paused", Status::Paused},
                                                                         {"stopped", Status::Stopped}}};
    for (const auto& [text, status] : kWords) {
        if (text == word) return status;
    }
    throw Error{ErrorKind::System, concat("OCI runtime ", runtime, ": unknown container state ", quote(word))};
}

/// argv[0] out of a `process` object; empty when it is not there. Only for error messages.
std::string program_of(const Json& process) {
    const Json* args = member(process, "args");
    return args != nullptr && args->is_array() && !args->empty() && args->front().is_string() ? args->front().get<std::string>() : "";
}
std::string program_of_file(const fs::path& file, bool is_bundle_config) {
    const auto text = read_file_if_exists_at(AT_FDCWD, file);
    const auto json = Json::parse(text.value_or(""), nullptr, /*allow_exceptions=*/false);
    const Json* process = is_bundle_config ? member(json, "process") : &json;
    return process != nullptr ? program_of(*process) : "";
}

class ExternalRuntime final : public OciRuntime {
public:
    explicit ExternalRuntime(ExternalOptions options) : options_{std::move(options)} {}

    std::string name() const override { return options_.program.filename().string(); }
    fs::path path() const override { return options_.program; }
    std::string version() const override {
        RunRequest request{.argv = {options_.program.string(), "--version"}, .env = environment()};
        const auto result = run(request);
        const auto first_line = split(result.out, '\n').front();
        return first_line.substr(first_line.rfind(' ') + 1);
    }

    pid_t create(const CreateRequest& request) override {
        if (request.complete) request.complete();
        const auto pid_file = request.bundle / "oci.pid";
        const SocketPath console{request.console_socket};
        Arguments arguments{"create", "--bundle", request.bundle.string(), "--pid-file", pid_file.string()};
        add_common(arguments, console, request.preserve_fds);
        arguments.push_back(request.id);
        const auto failure = call({.arguments = std::move(arguments),
                                   .stdio = request.console_socket ? Stdio{} : request.stdio,
                                   .preserve_fds = request.preserve_fds,
                                   .systemd_cgroup = request.systemd_cgroup,
                                   .inherits_stdio = true});
        if (!failure) return take_pid(pid_file);
        ::unlink(pid_file.c_str());
        auto error = error_of("create", request.id, *failure, program_of_file(request.bundle / "config.json", true));
        if (error.kind() != ErrorKind::Exists) remove_quietly(request.id);
        throw error;
    }

    void start(const std::string& id) override { simple("start", id, {"start", id}); }

    RuntimeState state(const std::string& id) override {
        const auto json = parse_json(simple("state", id, {"state", id}), concat("state of OCI runtime ", name()));
        return {parse_status(string_or(json, "status"), name()), static_cast<pid_t>(int_or(json, "pid"))};
    }

    void kill(const std::string& id, int signal, bool all) override {
        Arguments arguments{"kill"};
        if (all) arguments.emplace_back("--all");
        arguments.insert(arguments.end(), {id, std::to_string(signal)});
        const auto failure = call({.arguments = std::move(arguments)});
        if (!failure || is_about_gone_process(*failure)) return;
        const auto error = error_of("kill", id, *failure);
        if (error.kind() != ErrorKind::WrongState) throw error;
    }

    void remove(const std::string& id, bool force) override {
        Arguments arguments{"delete"};
        if (force) arguments.emplace_back("--force");
        arguments.push_back(id);
        const auto failure = call({.arguments = std::move(arguments)});
        if (!failure) return;
        const auto error = error_of("delete", id, *failure);
        if (error.kind() != ErrorKind::NotFound) throw error;
    }

    pid_t exec(const ExecRequest& request) override {
        const auto pid_file = request.process_file.parent_path() / "oci.pid";
        const SocketPath console{request.console_socket};
        Arguments arguments{"exec", "--process", request.process_file.string(), "--detach", "--pid-file", pid_file.string()};
        add_common(arguments, console, request.preserve_fds);
        if (!request.cgroup.empty()) arguments.insert(arguments.end(), {"--cgroup", request.cgroup});
        arguments.push_back(request.id);
        const auto failure = call({.arguments = std::move(arguments),
                                   .stdio = request.console_socket ? Stdio{} : request.stdio,
                                   .preserve_fds = request.preserve_fds,
                                   .inherits_stdio = true});
        if (!failure) return take_pid(pid_file);
        ::unlink(pid_file.c_str());
        throw error_of("exec", request.id, *failure, program_of_file(request.process_file, false));
    }

    void pause(const std::string& id) override { simple("pause", id, {"pause", id}); }
    void resume(const std::string& id) override { simple("resume", id, {"resume", id}); }

    void update(const std::string& id, const nlohmann::json& resources) override {
        try {
            update_once(id, resources);
        } catch (const Error&) {
            if (!resources.contains("pids") || resources["pids"].value("limit", 0) != -1) throw;
            auto highest = resources;
            highest["pids"]["limit"] = kHighestPidsLimit;
            update_once(id, highest);
        }
    }

private:
    using Arguments = std::vector<std::string>;

    /// crun 1.8 cannot take a limit away: it writes -1 as a large number, which the kernel refuses. This is as many as there can be
    /// (PID_MAX_LIMIT in include/linux/threads.h).
    static constexpr int kHighestPidsLimit = 4194304;

    void update_once(const std::string& id, const nlohmann::json& resources) {
        const auto file = make_memfd("resources", dump(resources), /*sealed=*/true);
        simple("update", id, {"update", "--resources", path_for_child(file.get()), id});
    }

    struct Call {
        Arguments arguments;
        Stdio stdio{};
        int preserve_fds = 0;
        bool systemd_cgroup = false;
        bool inherits_stdio = false;  ///< stdio goes to the container; a captured pipe would be held open by it
    };
    struct Failure {
        std::vector<std::string> messages;
        int exit_code = 0;
    };

    /// What the runtime gets of our environment: nothing that it could act upon (NOTIFY_SOCKET, LISTEN_FDS …).
    static std::vector<std::string> environment() {
        const char* path = std::getenv("PATH");
        return {concat("PATH=", path != nullptr ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")};
    }

    RunResult run(const RunRequest& request) const {
        try {
            return run_program(request);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::NotFound) throw;
            throw Error{ErrorKind::Unsupported, concat("OCI runtime ", quote(options_.program.string()), " is not installed"),
                        "install crun or runc, or name another with --runtime"};
        }
    }

    static void add_common(Arguments& arguments, const SocketPath& console, int preserve_fds) {
        if (!console.text().empty()) arguments.insert(arguments.end(), {"--console-socket", console.text()});
        if (preserve_fds > 0) arguments.insert(arguments.end(), {"--preserve-fds", std::to_string(preserve_fds)});
    }

    Arguments command_line(const Call& call, int log) const {
        Arguments argv{options_.program.string()};
        argv.insert(argv.end(), options_.flags.begin(), options_.flags.end());
        argv.insert(argv.end(), {"--root", options_.state_dir.string(), "--log", path_for_child(log), "--log-format", "json"});
        if (call.systemd_cgroup) argv.emplace_back("--systemd-cgroup");
        argv.insert(argv.end(), call.arguments.begin(), call.arguments.end());
        return argv;
    }

    /// Runs it; nullopt is success. What it printed, where that is captured, goes to `out`.
    std::optional<Failure> call(const Call& call, std::string* out = nullptr) const {
        const auto log = make_memfd("runtime-log", "", /*sealed=*/false);
        RunRequest request{.argv = command_line(call, log.get()), .env = environment()};
        UniqueFd null;
        if (call.inherits_stdio) {
            null = open_at(AT_FDCWD, "/dev/null", O_RDWR);
            const auto given = [&](int fd) { return fd < 0 ? null.get() : fd; };
            request.stdin_fd = given(call.stdio.in);
            request.stdout_fd = given(call.stdio.out);
            request.stderr_fd = given(call.stdio.err);
        }
        for (int fd = 3; fd < 3 + call.preserve_fds; ++fd) request.pass_fds.emplace_back(fd, fd);
        auto result = run(request);
        if (out != nullptr) *out = std::move(result.out);
        if (result.status.code == 0) return std::nullopt;
        Failure failure{log_messages(content_of(log.get())), result.status.code};
        if (failure.messages.empty()) failure.messages = log_messages(result.err);
        for (const auto& message : failure.messages) log::debug(concat("OCI runtime ", name(), ": ", message));
        return failure;
    }

    std::string simple(std::string_view operation, const std::string& id, Arguments arguments) const {
        std::string out;
        if (const auto failure = call({.arguments = std::move(arguments)}, &out)) throw error_of(operation, id, *failure);
        return out;
    }

    Error error_of(std::string_view operation, const std::string& id, const Failure& failure, const std::string& program = {}) const {
        const auto runtime = name();
        return runtime_error({.runtime = runtime, .operation = operation, .id = id, .program = program, .exit_code = failure.exit_code},
                             failure.messages);
    }

    static bool is_about_gone_process(const Failure& failure) {
        for (const auto& message : failure.messages) {
            const auto text = lower(message);
            if (text.find("no such process") != std::string::npos || text.find("process already finished") != std::string::npos) return true;
        }
        return false;
    }

    /// The runtime cleans up after itself; this is for what it left when it was interrupted in that.
    void remove_quietly(const std::string& id) {
        try {
            remove(id, /*force=*/true);
        } catch (const Error& error) {
            log::debug(concat("removing what a failed create left: ", error.what(), ", ignoring"));
        }
    }

    static pid_t take_pid(const fs::path& file) {
        const auto text = read_file(file, 64);
        ::unlink(file.c_str());
        const auto pid = parse_int(trim(text));
        if (!pid || *pid <= 0) throw Error{ErrorKind::System, concat("OCI runtime wrote a malformed pid file: ", quote(text))};
        return static_cast<pid_t>(*pid);
    }

    ExternalOptions options_;
};

}  // namespace

std::unique_ptr<OciRuntime> make_external_runtime(const ExternalOptions& options) { return std::make_unique<ExternalRuntime>(options); }

}  // namespace skiff::oci
