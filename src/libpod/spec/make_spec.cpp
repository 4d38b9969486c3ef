#include "libpod/spec/make_spec.h"

#include "libpod/spec/parts.h"
#include "util/clock.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// Hooks and runtimes match on these; the names are those that podman gives.
Json annotations_part(const ContainerConfig& config) {
    Json out = config.annotations;
    if (out.is_null()) out = Json::object();
    out["io.container.manager"] = "skiff";
    out["io.kubernetes.cri-o.Created"] = rfc3339(config.created_at);
    out["io.kubernetes.cri-o.TTY"] = config.terminal ? "true" : "false";
    out["org.opencontainers.image.stopSignal"] = std::to_string(config.stop_signal);
    return out;
}

}  // namespace

Json make_spec(const ContainerConfig& config, const SpecInputs& inputs) {
    Json spec{{"ociVersion", "1.0.2"}};
    spec["process"] = process_part(config, inputs);
    spec["root"] = {{"path", inputs.rootfs.string()}};
    if (config.read_only) spec["root"]["readonly"] = true;
    if (config.namespaces.uts.kind == NamespaceKind::Private) spec["hostname"] = inputs.hostname;
    spec["mounts"] = mounts_part(config, inputs);
    spec["annotations"] = annotations_part(config);
    spec["linux"] = linux_part(config, inputs);
    return spec;
}

}  // namespace skiff::libpod
