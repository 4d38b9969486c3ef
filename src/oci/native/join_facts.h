#pragma once
/// What a process that joins a container needs of its configuration, made ready when the container is created: an exec then reads no
/// config.json, which takes longer than all that it does besides. ROOT/<id>/join beside the record; a container of an earlier version has none.

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "oci/native/init_plan.h"
#include "oci/native/spec.h"

namespace skiff::oci::native {

struct JoinFacts {
    int namespaces = 0;  ///< CLONE_NEW* that the container has
    std::uint32_t seccomp_flags = 0;
    std::vector<sock_filter> seccomp;
    bool filter_lets_wait = true;  ///< as Preparation's
};

/// nullopt for a container of which a joining process has to know more: that one reads config.json.
std::optional<JoinFacts> join_facts(const Spec& spec, const Preparation& preparation, bool has_listener);

void write_join_facts(int directory, const JoinFacts& facts);
/// nullopt when there are none, or none that this version wrote.
std::optional<JoinFacts> read_join_facts(int directory);

/// A spec that says no more than `facts`.
Spec spec_of(const JoinFacts& facts);

}  // namespace skiff::oci::native
