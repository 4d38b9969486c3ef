#pragma once
/// What the values of options and the arguments of commands can be. Private to completion.

#include <string_view>
#include <vector>

#include "cli/complete/complete.h"

namespace skiff::cli::completion {

/// The kinds of values.
enum class Kind {
    Unknown,  ///< nothing to offer
    File, Directory, Boolean,
    AnyContainer, RunningContainer, PausedContainer, StoppableContainer, StartableContainer, CreatedContainer, StoppedContainer,
    Network, NetworkDriver, NetworkFilter,
    Image, ContainerOrImage, CopyPath, ImageSource, ManifestList, VolumeMount,
    Capability, Cgroups, CgroupManager, CommitFormat, ContainerSort, ImageSort, ImageVolume, InspectType, Json, LogDriver, LogLevel,
    Personality, ProcessField, PullPolicy, Signal, Stream, WaitCondition, EventsBackend, HealthAction,
    Instruction, LogOption, MountField, RestartPolicy, SecurityOption, Ulimit,
    PrivateNamespace, IpcNamespace, NetworkNamespace, UserNamespace,
    Dns, ExtraGroup, HostsFile, IpamDriver, PushFormat, SaveFormat, SdNotify, Systemd, TimeZone, VolumeOption, Compression, TrustType,
    Environment, Runtime, Volume, Secret, VolumeDriver, SecretDriver, VolumeFilter,
    ContainerFilter, EventFilter, ImageFilter, SecretFilter, ContainerFormat, HistoryFormat, ImageFormat, NetworkFormat, ObjectFormat, SecretFormat, VolumeFormat,
};

/// Of the option `name` (its first long name) of `command`.
Kind option_kind(std::string_view command, std::string_view name);
/// Of the argument number `index` of `command`.
Kind argument_kind(std::string_view command, std::size_t index);

/// The values of `kind` that begin with `text`.
Completion values(Kind kind, std::string_view text, CompletionData& data);

/// Candidates of `words` that begin with `text`.
void add_matching(Completion& completion, const std::vector<Candidate>& words, std::string_view text);

}  // namespace skiff::cli::completion
