#pragma once
/// What `volume create` is asked for, taken apart. Source: podman-volume-create(1), --opt.

#include "libpod/volume/volume.h"

namespace skiff::libpod {

/// A row without a name's or quota's number yet. Throws Error{Invalid} for an option that the driver has not, {Unsupported} for
/// a driver that skiff has not, {NotFound} for an image or a directory that is not there.
VolumeRow row_of_request(const Runtime& runtime, const VolumeRequest& request);

}  // namespace skiff::libpod
