/// Which option and which argument takes what.

#include <array>

#include "cli/complete/values.h"

namespace skiff::cli::completion {
namespace {

struct OptionKind {
    std::string_view command;  ///< empty: any
    std::string_view option;
    Kind kind;
};

// Rows with a command come first: they win.
constexpr OptionKind kOptions[] = {
    {"commit", "format", Kind::CommitFormat},
    {"container history", "format", Kind::ObjectFormat},
    {"commit", "config", Kind::File},
    {"diff", "format", Kind::Json},
    {"explain", "format", Kind::ObjectFormat},
    {"events", "filter", Kind::EventFilter},
    {"exec", "workdir", Kind::Unknown},
    {"image mount", "format", Kind::Json},
    {"images", "filter", Kind::ImageFilter},
    {"images", "format", Kind::ImageFormat},
    {"images", "sort", Kind::ImageSort},
    {"mount", "format", Kind::Json},
    {"network create", "driver", Kind::NetworkDriver},
    {"network create", "ipam-driver", Kind::IpamDriver},
    {"network ls", "filter", Kind::NetworkFilter},
    {"network prune", "filter", Kind::NetworkFilter},
    {"ps", "format", Kind::ContainerFormat},
    {"pull", "policy", Kind::PullPolicy},
    {"push", "format", Kind::PushFormat},
    {"manifest push", "format", Kind::PushFormat},
    {"save", "format", Kind::SaveFormat},
    {"secret create", "driver", Kind::SecretDriver},
    {"volume create", "driver", Kind::VolumeDriver},
    {"volume create", "opt", Kind::VolumeOption},
    {"volume ls", "filter", Kind::VolumeFilter},
    {"volume prune", "filter", Kind::VolumeFilter},
    {"", "attach", Kind::Stream},
    {"", "authfile", Kind::File},
    {"", "cap-add", Kind::Capability},
    {"", "cap-drop", Kind::Capability},
    {"", "cdi-spec-dir", Kind::Directory},
    {"", "cert-dir", Kind::Directory},
    {"", "cgroup-manager", Kind::CgroupManager},
    {"", "cgroupns", Kind::PrivateNamespace},
    {"", "cgroups", Kind::Cgroups},
    {"", "change", Kind::Instruction},
    {"", "cidfile", Kind::File},
    {"", "condition", Kind::WaitCondition},
    {"", "config", Kind::File},
    {"", "conmon-pidfile", Kind::File},
    {"", "device", Kind::File},
    {"", "digestfile", Kind::File},
    {"", "dns", Kind::Dns},
    {"", "env", Kind::Environment},
    {"", "env-file", Kind::File},
    {"", "env-merge", Kind::Environment},
    {"", "events-backend", Kind::EventsBackend},
    {"", "filename", Kind::File},
    {"", "filter", Kind::ContainerFilter},
    {"", "format", Kind::ObjectFormat},
    {"", "group-add", Kind::ExtraGroup},
    {"", "health-log-destination", Kind::Directory},
    {"", "health-on-failure", Kind::HealthAction},
    {"", "hooks-dir", Kind::Directory},
    {"", "hosts-file", Kind::HostsFile},
    {"", "iidfile", Kind::File},
    {"", "image-volume", Kind::ImageVolume},
    {"", "init-path", Kind::File},
    {"", "input", Kind::File},
    {"", "ipc", Kind::IpcNamespace},
    {"", "label-file", Kind::File},
    {"", "log-driver", Kind::LogDriver},
    {"", "log-level", Kind::LogLevel},
    {"", "log-opt", Kind::LogOption},
    {"", "mount", Kind::MountField},
    {"", "network", Kind::NetworkNamespace},
    {"", "out", Kind::File},
    {"", "output", Kind::File},
    {"", "personality", Kind::Personality},
    {"", "pid", Kind::PrivateNamespace},
    {"", "pidfile", Kind::File},
    {"", "pubkeysfile", Kind::File},
    {"", "pull", Kind::PullPolicy},
    {"", "requires", Kind::AnyContainer},
    {"", "restart", Kind::RestartPolicy},
    {"", "root", Kind::Directory},
    {"", "runroot", Kind::Directory},
    {"", "runtime", Kind::Runtime},
    {"", "sdnotify", Kind::SdNotify},
    {"", "secret", Kind::Secret},
    {"", "security-opt", Kind::SecurityOption},
    {"", "signal", Kind::Signal},
    {"", "sort", Kind::ContainerSort},
    {"", "stop-signal", Kind::Signal},
    {"", "systemd", Kind::Systemd},
    {"", "tmpdir", Kind::Directory},
    {"", "type", Kind::InspectType},
    {"", "tz", Kind::TimeZone},
    {"", "ulimit", Kind::Ulimit},
    {"", "unsetenv", Kind::Environment},
    {"", "userns", Kind::UserNamespace},
    {"", "uts", Kind::PrivateNamespace},
    {"", "volume", Kind::VolumeMount},
    {"", "volumes-from", Kind::AnyContainer},
};

struct ArgumentKinds {
    std::string_view command;
    Kind first;
    Kind others;
};

constexpr ArgumentKinds kArguments[] = {
    {"attach", Kind::RunningContainer, Kind::Unknown},
    {"commit", Kind::AnyContainer, Kind::Image},
    {"container cleanup", Kind::StoppedContainer, Kind::StoppedContainer},
    {"container clone", Kind::AnyContainer, Kind::Image},
    {"container exists", Kind::AnyContainer, Kind::Unknown},
    {"container history", Kind::AnyContainer, Kind::Unknown},
    {"container inspect", Kind::AnyContainer, Kind::AnyContainer},
    {"cp", Kind::CopyPath, Kind::CopyPath},
    {"create", Kind::Image, Kind::Unknown},
    {"diff", Kind::ContainerOrImage, Kind::ContainerOrImage},
    {"explain", Kind::AnyContainer, Kind::Unknown},
    {"exec", Kind::RunningContainer, Kind::Unknown},
    {"export", Kind::AnyContainer, Kind::Unknown},
    {"generate spec", Kind::AnyContainer, Kind::Unknown},
    {"image diff", Kind::Image, Kind::Image},
    {"healthcheck run", Kind::RunningContainer, Kind::Unknown},
    {"image exists", Kind::Image, Kind::Unknown},
    {"image inspect", Kind::Image, Kind::Image},
    {"image mount", Kind::Image, Kind::Image},
    {"image tree", Kind::Image, Kind::Unknown},
    {"image unmount", Kind::Image, Kind::Image},
    {"images", Kind::Image, Kind::Unknown},
    {"import", Kind::File, Kind::Image},
    {"init", Kind::CreatedContainer, Kind::CreatedContainer},
    {"inspect", Kind::ContainerOrImage, Kind::ContainerOrImage},
    {"kill", Kind::RunningContainer, Kind::RunningContainer},
    {"logs", Kind::AnyContainer, Kind::AnyContainer},
    {"manifest add", Kind::ManifestList, Kind::Image},
    {"manifest annotate", Kind::ManifestList, Kind::Image},
    {"manifest create", Kind::ManifestList, Kind::Image},
    {"manifest exists", Kind::ManifestList, Kind::Unknown},
    {"manifest inspect", Kind::ManifestList, Kind::Unknown},
    {"manifest push", Kind::ManifestList, Kind::Unknown},
    {"manifest remove", Kind::ManifestList, Kind::Unknown},
    {"manifest rm", Kind::ManifestList, Kind::ManifestList},
    {"mount", Kind::AnyContainer, Kind::AnyContainer},
    {"network connect", Kind::Network, Kind::AnyContainer},
    {"network disconnect", Kind::Network, Kind::AnyContainer},
    {"network exists", Kind::Network, Kind::Unknown},
    {"network inspect", Kind::Network, Kind::Network},
    {"network reload", Kind::RunningContainer, Kind::RunningContainer},
    {"network rm", Kind::Network, Kind::Network},
    {"network update", Kind::Network, Kind::Unknown},
    {"pause", Kind::RunningContainer, Kind::RunningContainer},
    {"pull", Kind::ImageSource, Kind::ImageSource},
    {"rename", Kind::AnyContainer, Kind::Unknown},
    {"restart", Kind::AnyContainer, Kind::AnyContainer},
    {"rm", Kind::AnyContainer, Kind::AnyContainer},
    {"rmi", Kind::Image, Kind::Image},
    {"run", Kind::Image, Kind::Unknown},
    {"secret create", Kind::Unknown, Kind::File},
    {"secret exists", Kind::Secret, Kind::Unknown},
    {"secret inspect", Kind::Secret, Kind::Secret},
    {"secret rm", Kind::Secret, Kind::Secret},
    {"start", Kind::StartableContainer, Kind::StartableContainer},
    {"stats", Kind::RunningContainer, Kind::RunningContainer},
    {"stop", Kind::StoppableContainer, Kind::StoppableContainer},
    {"tag", Kind::Image, Kind::Image},
    {"top", Kind::RunningContainer, Kind::ProcessField},
    {"unmount", Kind::AnyContainer, Kind::AnyContainer},
    {"unpause", Kind::PausedContainer, Kind::PausedContainer},
    {"untag", Kind::Image, Kind::Image},
    {"update", Kind::AnyContainer, Kind::Unknown},
    {"volume exists", Kind::Volume, Kind::Unknown},
    {"volume export", Kind::Volume, Kind::Unknown},
    {"volume import", Kind::Volume, Kind::File},
    {"volume inspect", Kind::Volume, Kind::Volume},
    {"volume mount", Kind::Volume, Kind::Volume},
    {"volume rm", Kind::Volume, Kind::Volume},
    {"volume unmount", Kind::Volume, Kind::Volume},
    {"wait", Kind::AnyContainer, Kind::AnyContainer},
};

}  // namespace

Kind option_kind(std::string_view command, std::string_view name) {
    for (const OptionKind& row : kOptions)
        if (row.option == name && (row.command.empty() || row.command == command)) return row.kind;
    return Kind::Unknown;
}

Kind argument_kind(std::string_view command, std::size_t index) {
    for (const ArgumentKinds& row : kArguments)
        if (row.command == command) return index == 0 ? row.first : row.others;
    return Kind::Unknown;
}

}  // namespace skiff::cli::completion
