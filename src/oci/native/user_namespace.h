#pragma once
/// User namespaces and their mappings.
///
/// Source: user_namespaces(7).

#include <sys/types.h>

#include <string>
#include <vector>

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

/// "0 100000 65536\n…", as uid_map takes it.
std::string mapping_text(const std::vector<IdMapping>& mappings);
/// Writes the maps of process `pid`, which has just entered a new user namespace.
void write_mappings(pid_t pid, const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids);
/// A user namespace with these mappings and no process in it, for idmapped mounts.
UniqueFd make_user_namespace(const std::vector<IdMapping>& uids, const std::vector<IdMapping>& gids);

}  // namespace skiff::oci::native
