#pragma once
/// Device rules of cgroup v2: an eBPF program on the cgroup.
///
/// Source: bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE; the kernel's cgroup-v2, "Device controller".

#include <linux/bpf.h>

#include <vector>

#include "oci/native/spec.h"

namespace skiff::oci::native::cgroup {

/// The program that decides as the rules do, the last matching one winning, nothing matching being denied.
std::vector<bpf_insn> device_program(const std::vector<DeviceRule>& rules);

/// Loads the program for `rules` and puts it on the cgroup `directory`, in the place of one that was put there before.
/// Where the kernel refuses programs (EPERM in a user namespace), nothing changes.
void attach_device_rules(int directory, const std::vector<DeviceRule>& rules);

}  // namespace skiff::oci::native::cgroup
