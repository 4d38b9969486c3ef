#include "oci/native/spec_parse.h"

namespace skiff::oci::native {
namespace {

std::vector<Hook> read_hooks(const JsonReader& json) {
    std::vector<Hook> hooks;
    for (const JsonReader& element : json.elements()) {
        Hook& hook = hooks.emplace_back();
        hook.path = element.require("path").text();
        if (!hook.path.starts_with('/')) element["path"].fail("must be absolute");
        element["args"].read(hook.args);
        element["env"].read(hook.env);
        const JsonReader timeout = element["timeout"];
        timeout.read(hook.timeout_seconds);
        if (timeout && hook.timeout_seconds == 0) timeout.fail("must be greater than zero");
    }
    return hooks;
}

Mount read_mount(const JsonReader& json) {
    Mount mount;
    mount.destination = json.require("destination").text();
    if (mount.destination.empty()) json["destination"].fail("must not be empty");
    json["type"].read(mount.type);
    json["source"].read(mount.source);
    json["options"].read(mount.options);
    mount.uid_mappings = detail::read_mappings(json["uidMappings"]);
    mount.gid_mappings = detail::read_mappings(json["gidMappings"]);
    if (mount.uid_mappings.empty() != mount.gid_mappings.empty()) {
        json.fail("needs both uidMappings and gidMappings, or none");
    }
    return mount;
}

void read_all(const JsonReader& json, Hooks& hooks) {
    hooks.prestart = read_hooks(json["prestart"]);
    hooks.create_runtime = read_hooks(json["createRuntime"]);
    hooks.create_container = read_hooks(json["createContainer"]);
    hooks.start_container = read_hooks(json["startContainer"]);
    hooks.poststart = read_hooks(json["poststart"]);
    hooks.poststop = read_hooks(json["poststop"]);
}

bool is_on(const std::map<std::string, std::string>& annotations, const char* name) {
    const auto found = annotations.find(name);
    return found != annotations.end() && !found->second.empty() && found->second != "0" && found->second != "false";
}

constexpr const char* kFailUnknownSyscall = "run.oci.seccomp_fail_unknown_syscall";

std::string annotation(const Spec& spec, const char* name) {
    const auto found = spec.annotations.find(name);
    return found == spec.annotations.end() ? "" : found->second;
}

/// Those of crun's annotations that say something about this runtime too. Source: crun(1), EXTENSIONS TO OCI.
void obey_annotations(Spec& spec) {
    spec.keep_original_groups = is_on(spec.annotations, "run.oci.keep_original_groups");
    if (spec.lnx.seccomp) spec.lnx.seccomp->fail_unknown_syscalls = is_on(spec.annotations, kFailUnknownSyscall);
    const std::string output = annotation(spec, "run.oci.hooks.stdout");
    const std::string errors = annotation(spec, "run.oci.hooks.stderr");
    Hooks& hooks = spec.hooks;
    for (auto* stage : {&hooks.prestart, &hooks.create_runtime, &hooks.create_container, &hooks.poststart, &hooks.poststop}) {
        for (Hook& hook : *stage) {
            hook.output_file = output;
            hook.error_file = errors;
        }
    }
}

}  // namespace

const Namespace* Spec::find_namespace(int flag) const {
    for (const Namespace& entry : lnx.namespaces) {
        if (entry.flag == flag) return &entry;
    }
    return nullptr;
}

bool Spec::makes_namespace(int flag) const {
    const Namespace* found = find_namespace(flag);
    return found != nullptr && found->path.empty();
}

std::vector<IdMapping> detail::read_mappings(const JsonReader& json) {
    std::vector<IdMapping> mappings;
    for (const JsonReader& element : json.elements()) {
        IdMapping& mapping = mappings.emplace_back();
        mapping.container_id = element.require("containerID").number<std::uint32_t>();
        mapping.host_id = element.require("hostID").number<std::uint32_t>();
        mapping.size = element.require("size").number<std::uint32_t>();
        if (mapping.size == 0) element["size"].fail("must not be 0");
    }
    if (mappings.size() > 340) json.fail("has more than the kernel's 340 mappings");
    return mappings;
}

Spec parse_spec(std::string_view text) {
    Json document;
    try {
        document = parse_json(text, "config.json");
    } catch (const Error& error) {
        throw ConfigInvalid{error.what()};
    }
    return spec_of(document);
}

Spec spec_of(const Json& document) {
    const JsonReader json{&document, ""};
    if (!document.is_object()) throw ConfigInvalid{"config: must be a JSON object"};
    Spec spec;
    spec.oci_version = json.require("ociVersion").text();
    if (!spec.oci_version.starts_with("1.")) json["ociVersion"].fail("must be 1.x");
    if (const JsonReader root = json["root"]) {
        spec.root_path = root.require("path").text();
        root["readonly"].read(spec.root_readonly);
    }
    json["hostname"].read(spec.hostname);
    json["domainname"].read(spec.domainname);
    if (const JsonReader process = json["process"]) {
        spec.has_process = true;
        detail::read_process(process, spec.process);
    }
    for (const JsonReader& element : json["mounts"].elements()) spec.mounts.push_back(read_mount(element));
    if (const JsonReader hooks = json["hooks"]) read_all(hooks, spec.hooks);
    json["annotations"].read(spec.annotations);
    if (const JsonReader lnx = json["linux"]) detail::read_linux(lnx, spec.lnx);
    obey_annotations(spec);
    validate(spec);
    return spec;
}

std::optional<Seccomp> seccomp_of(const Json& document) {
    const JsonReader json{&document, ""};
    const JsonReader lnx = json["linux"];
    const JsonReader section = lnx ? lnx["seccomp"] : lnx;
    if (!section) return std::nullopt;
    std::map<std::string, std::string> annotations;
    json["annotations"].read(annotations);
    std::optional<Seccomp> seccomp{std::in_place};
    detail::read_seccomp(section, *seccomp);
    seccomp->fail_unknown_syscalls = is_on(annotations, kFailUnknownSyscall);
    return seccomp;
}

Process parse_process(const Json& document) {
    if (!document.is_object()) throw ConfigInvalid{"process: must be a JSON object"};
    Process process;
    detail::read_process({&document, "process"}, process);
    validate(process);
    return process;
}

Resources parse_resources(const Json& document) {
    if (!document.is_object()) throw ConfigInvalid{"resources: must be a JSON object"};
    Resources resources;
    detail::read_resources({&document, "resources"}, resources);
    return resources;
}

}  // namespace skiff::oci::native
