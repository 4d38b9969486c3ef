#pragma once

#include "image/jobs.h"

namespace skiff::cli {

/// Prints lines of progress on standard error when that is a terminal and the user did not ask for quiet; else nothing.
image::Report image_progress(bool quiet);

}  // namespace skiff::cli
