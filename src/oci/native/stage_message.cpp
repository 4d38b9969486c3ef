#include "oci/native/stage_message.h"

#include <cstring>

#include "oci/native/executable.h"
#include "oci/native/names.h"
#include "stub/message.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

/// Grows the block behind the header; gives back offsets.
class Builder {
public:
    Builder() : bytes_(sizeof(skiff_message), '\0') {}

    std::uint32_t add(const void* data, std::size_t size) {
        bytes_.resize((bytes_.size() + 7) & ~std::size_t{7}, '\0');
        const std::size_t at = bytes_.size();
        if (at + size > UINT32_MAX) throw Error{ErrorKind::Invalid, "arguments and environment are too large"};
        bytes_.append(static_cast<const char*>(data), size);
        return static_cast<std::uint32_t>(at);
    }
    std::uint32_t add(const std::string& text) { return add(text.c_str(), text.size() + 1); }

    skiff_strings add(const std::vector<std::string>& texts) {
        std::vector<std::uint64_t> slots;
        slots.reserve(texts.size() + 1);
        for (const std::string& text : texts) slots.push_back(add(text));
        slots.push_back(0);
        return {add(slots.data(), slots.size() * sizeof slots[0]), static_cast<std::uint32_t>(texts.size())};
    }

    template <typename Element>
    std::uint32_t add(const std::vector<Element>& elements) {
        return add(elements.data(), elements.size() * sizeof(Element));
    }

    std::string finish(skiff_message& message) {
        message.magic = SKIFF_MESSAGE_MAGIC;
        message.size = static_cast<std::uint32_t>(bytes_.size());
        std::memcpy(bytes_.data(), &message, sizeof message);
        return std::move(bytes_);
    }

private:
    std::string bytes_;
};

void add_user(Builder& builder, skiff_message& message, const Process& process) {
    message.uid = process.user.uid;
    message.gid = process.user.gid;
    message.umask = process.user.umask.value_or(0022);
    message.groups = builder.add(process.user.additional_gids);
    message.group_count = static_cast<std::uint32_t>(process.user.additional_gids.size());
    message.last_capability = static_cast<std::uint32_t>(last_capability());
    const std::uint64_t known = (std::uint64_t{2} << message.last_capability) - 1;
    const Capabilities& sets = process.capabilities;
    message.bounding = sets.bounding & known;
    message.permitted = sets.permitted & known;
    message.effective = sets.effective & message.permitted;
    message.inheritable = sets.inheritable & known;
    message.ambient = sets.ambient & message.permitted & message.inheritable;
    if (process.no_new_privileges) message.flags |= SKIFF_NO_NEW_PRIVILEGES;
}

void add_limits(Builder& builder, skiff_message& message, const Process& process) {
    std::vector<skiff_limit> limits;
    for (const Rlimit& limit : process.rlimits) {
        limits.push_back({static_cast<std::uint32_t>(limit.resource), 0, limit.soft, limit.hard});
    }
    message.limits = builder.add(limits);
    message.limit_count = static_cast<std::uint32_t>(limits.size());
}

/// What goes with the listener. Source: runtime-spec, config-linux.md, The Container Process State.
std::string process_state(const StageRequest& request) {
    OrderedJson json;
    json["ociVersion"] = "1.2.0";
    json["fds"] = {"seccompFd"};
    json["pid"] = request.preparation->pid;
    json["metadata"] = request.plan->spec->lnx.seccomp->listener_metadata;
    json["state"] = parse_json(request.preparation->state, "state");
    return dump(json);
}

void add_seccomp(Builder& builder, skiff_message& message, const StageRequest& request) {
    const Preparation& preparation = *request.preparation;
    message.seccomp = builder.add(preparation.seccomp);
    message.seccomp_length = static_cast<std::uint32_t>(preparation.seccomp.size());
    message.seccomp_flags = preparation.seccomp_flags;
    message.notify_fd = request.plan->notify_socket.get();
    if (message.notify_fd < 0) return;
    const std::string text = process_state(request);
    message.notify_text = builder.add(text);
    message.notify_length = static_cast<std::uint32_t>(text.size());
}

void add_label(Builder& builder, skiff_message& message, const StageRequest& request) {
    const Process& process = *request.plan->process;
    message.proc_fd = request.proc_fd;
    if (request.proc_fd < 0) return;
    message.label = builder.add(process.selinux_label.empty() ? concat("exec ", process.apparmor_profile) : process.selinux_label);
    message.label_file = builder.add(std::string{"thread-self/attr/exec"});
}

void add_hooks(Builder& builder, skiff_message& message, const StageRequest& request) {
    if (request.plan->process != &request.plan->spec->process) return;  // a further process: hooks are the container's
    std::vector<skiff_hook> hooks;
    for (const Hook& hook : request.plan->spec->hooks.start_container) {
        skiff_hook& made = hooks.emplace_back();
        made.path = builder.add(hook.path);
        made.argv = builder.add(hook.args.empty() ? std::vector{hook.path} : hook.args);
        made.env = builder.add(hook.env);
        made.timeout_seconds = hook.timeout_seconds;
    }
    message.hooks = builder.add(hooks);
    message.hook_count = static_cast<std::uint32_t>(hooks.size());
    message.hook_state = builder.add(request.preparation->state);
    message.hook_state_length = static_cast<std::uint32_t>(request.preparation->state.size());
}

/// A hook runs unrestricted, a label needs /proc, and a listener answers for nobody who only waits.
bool may_restrict_early(const skiff_message& message, const Preparation& preparation) {
    return message.gate_fd >= 0 && message.hook_count == 0 && message.label == 0 && message.notify_fd < 0 && preparation.filter_lets_wait;
}

}  // namespace

std::string stage_message(const StageRequest& request) {
    Builder builder;
    skiff_message message{};
    message.preserve_fds = static_cast<std::uint32_t>(request.plan->preserve_fds);
    message.gate_fd = request.plan->gate.get();
    message.result_fd = request.plan->result.get();
    if (request.keep_groups) message.flags |= SKIFF_KEEP_GROUPS;
    if (request.plan->ends_with_caller) message.flags |= SKIFF_END_WITH_CALLER;
    add_user(builder, message, *request.plan->process);
    add_limits(builder, message, *request.plan->process);
    add_seccomp(builder, message, request);
    add_label(builder, message, request);
    add_hooks(builder, message, request);
    if (may_restrict_early(message, *request.preparation)) message.flags |= SKIFF_RESTRICT_EARLY;
    message.path = builder.add(request.program);
    message.argv = builder.add(request.plan->process->args);
    message.env = builder.add(request.env);
    return builder.finish(message);
}

void throw_report(const std::string& report, const Process& process) {
    skiff_report said{};
    if (report.size() < sizeof said) throw Error{ErrorKind::System, "the container's init process ended before its program started"};
    std::memcpy(&said, report.data(), sizeof said);
    const std::string program = process.args.empty() ? "" : process.args.front();
    switch (said.step) {
        case SKIFF_STEP_EXEC: throw_exec_error(program, said.error);
        case SKIFF_STEP_HOOK:
            if (said.error != 0) throw SystemError{said.error, concat("startContainer hook ", said.detail >> 16)};
            throw Error{ErrorKind::System, concat("startContainer hook ", said.detail >> 16, " failed with status ", said.detail & 0xffff)};
        case SKIFF_STEP_LABEL: throw SystemError{said.error, "setting the process label"};
        case SKIFF_STEP_LIMITS: throw SystemError{said.error, concat("setting ", rlimit_name(static_cast<int>(said.detail)))};
        case SKIFF_STEP_USER:
            throw SystemError{said.error, concat("becoming user ", process.user.uid, ":", process.user.gid),
                              said.error == EINVAL ? "the user namespace does not map that ID" : ""};
        case SKIFF_STEP_CAPABILITIES: throw SystemError{said.error, "setting capabilities"};
        case SKIFF_STEP_SECCOMP: throw SystemError{said.error, "loading the seccomp filter"};
        case SKIFF_STEP_NOTIFY: throw SystemError{said.error, "sending the seccomp listener"};
        default: throw Error{ErrorKind::System, "the container's init process failed in an unknown way"};
    }
}

}  // namespace skiff::oci::native
