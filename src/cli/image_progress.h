#pragma once

#include "image/jobs.h"

namespace skiff::cli {

/// Prints lines of progress on standard error unless the user asked for quiet.
image::Report image_progress(bool quiet);

}  // namespace skiff::cli
