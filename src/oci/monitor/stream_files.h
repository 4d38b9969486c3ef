#pragma once
/// Names in a run directory, and the one way to open a stream's reading side.

#include "util/fd.h"

namespace skiff::oci::monitor {

constexpr const char* kAttachName = "attach";
constexpr const char* kConsoleName = "console";
constexpr const char* kStdoutName = "stdout";
constexpr const char* kStderrName = "stderr";
constexpr const char* kPlanName = "monitor.json";
constexpr const char* kCompanionsName = "companions";

UniqueFd open_reader(int dir, const char* name);

}  // namespace skiff::oci::monitor
