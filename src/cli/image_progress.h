#pragma once

#include "image/jobs.h"

namespace skiff::cli {

/// Shows progress on standard error unless the user asked for quiet: lines, and on a terminal a bar for each download.
image::Report image_progress(bool quiet);

}  // namespace skiff::cli
