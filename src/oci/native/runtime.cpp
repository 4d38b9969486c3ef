#include <signal.h>

#include "oci/native/errors.h"
#include "oci/native/factory.h"
#include "oci/native/spec_parse.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

class NativeRuntime final : public OciRuntime {
public:
    explicit NativeRuntime(const std::filesystem::path& state_dir) : factory_{state_dir} {}

    std::string name() const override { return "skiff"; }
    fs::path path() const override { return "(embedded)"; }
    std::string version() const override { return SKIFF_VERSION; }

    pid_t create(const CreateRequest& request) override {
        CreateOptions options;
        options.bundle = request.bundle;
        options.stdio = {request.stdio.in, request.stdio.out, request.stdio.err};
        if (request.console_socket) options.console_socket = *request.console_socket;
        options.preserve_fds = request.preserve_fds;
        options.systemd_cgroup = request.systemd_cgroup;
        options.born = request.born;
        if (request.complete) return create_incomplete(request, options);
        const std::string config = read_file(request.bundle / "config.json");
        const Spec spec = request.spec != nullptr ? spec_of(*request.spec) : parse_spec(config);
        return factory_.create(request.id, spec, config, options).record().init.pid;
    }

    void start(const std::string& id) override { factory_.load(id).start(); }

    RuntimeState state(const std::string& id) override {
        const Container container = factory_.load(id);
        const Status status = container.status();
        return {status, status == Status::Stopped ? 0 : container.record().init.pid};
    }

    void kill(const std::string& id, int signal, bool all) override {
        try {
            factory_.load(id).kill(signal, all);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::WrongState) throw;  // gone already: nothing to do
        }
    }

    void remove(const std::string& id, bool force) override {
        try {
            factory_.remove(id, force);
        } catch (const NotExists&) {
            // Absent is fine.
        }
    }

    bool ends_with_init(const std::string& id) noexcept override {
        try {
            const Record record = factory_.load(id).record();
            return record.own_pids && !record.late_hooks && record.host_mount == 0;
        } catch (const Error&) {
            return false;
        }
    }

    void remove_cgroup(const std::string& id) noexcept override {
        try {
            factory_.load(id).cgroup().remove();
        } catch (const Error& error) {
            log::debug(concat("removing the cgroup of ", id, ": ", error.what(), ", ignoring"));
        }
    }

    pid_t exec(const ExecRequest& request) override {
        const Process process = request.process != nullptr ? parse_process(*request.process)
                                                           : parse_process(parse_json(read_file(request.process_file), "process"));
        ExecOptions options;
        options.stdio = {request.stdio.in, request.stdio.out, request.stdio.err};
        if (request.console_socket) options.console_socket = *request.console_socket;
        options.preserve_fds = request.preserve_fds;
        options.cgroup = request.cgroup;
        options.ends_with_caller = request.ends_with_caller;
        options.born = request.born;
        return factory_.load(request.id).exec(process, options);
    }

    void pause(const std::string& id) override { factory_.load(id).pause(); }
    void resume(const std::string& id) override { factory_.load(id).resume(); }
    void update(const std::string& id, const nlohmann::json& resources) override {
        factory_.load(id).update(parse_resources(resources));
    }

private:
    pid_t create_incomplete(const CreateRequest& request, CreateOptions& options) {
        options.complete = [&] {
            std::string text = request.complete();
            return CompletedConfig{std::move(text), seccomp_of(*request.spec)};
        };
        return factory_.create(request.id, spec_of(*request.spec), dump(*request.spec), options).record().init.pid;
    }

    Factory factory_;
};

}  // namespace

std::unique_ptr<OciRuntime> make_native_runtime(const std::filesystem::path& state_dir) {
    return std::make_unique<NativeRuntime>(state_dir);
}

}  // namespace skiff::oci::native
