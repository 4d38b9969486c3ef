#pragma once
/// One secret as `secret inspect` shows it. Source: podman-secret-inspect(1).

#include <string>

#include "cli/format/value.h"
#include "libpod/secret/secret.h"

namespace skiff::cli {

OrderedJson secret_json(const libpod::SecretRow& row);
/// "3 minutes ago".
std::string secret_age(UnixNanos when);

}  // namespace skiff::cli
