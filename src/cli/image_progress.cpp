#include "cli/image_progress.h"

#include <unistd.h>

#include "util/fd.h"
#include "util/text.h"

namespace skiff::cli {

image::Report image_progress(bool quiet) {
    if (quiet) return {};
    return [](std::string_view line) { write_all(STDERR_FILENO, concat(line, "\n"), "standard error"); };
}

}  // namespace skiff::cli
