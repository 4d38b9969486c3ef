#pragma once
/// Cgroups made by systemd: a transient scope per container, in a slice, delegated.
///
/// Source: org.freedesktop.systemd1(5), StartTransientUnit; systemd.resource-control(5).

#include <sys/types.h>

#include <string>

#include "oci/native/spec.h"

namespace skiff::oci::native::cgroup {

struct Scope {
    std::string unit;  ///< "libpod-ID.scope"
    std::string path;  ///< where systemd puts it in every hierarchy
};

/// "SLICE:PREFIX:NAME" as runc defines it; empty: "system.slice:skiff:ID". Throws ConfigInvalid.
Scope scope_of(const std::string& cgroups_path, const std::string& id);
/// "a-b.slice" to "/a.slice/a-b.slice". Throws ConfigInvalid.
std::string slice_path(const std::string& slice);

/// Asks systemd for the scope with `pid` in it and waits until it is there. Throws Error{Unsupported} where systemd
/// does not run.
void start_scope(const Scope& scope, const Spec& spec, pid_t pid);
/// Tells systemd about changed limits, so that it does not restore its own.
void update_scope(const std::string& unit, const Resources& resources);
/// Absent is fine.
void stop_scope(const std::string& unit);

}  // namespace skiff::oci::native::cgroup
