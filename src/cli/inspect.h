#pragma once
/// What every `inspect` command shares.

#include <functional>
#include <string>
#include <vector>

#include "cli/format/value.h"
#include "util/json.h"

namespace skiff::cli {

/// One array of all documents found (`[]` when none was), or the template's text for each. Each name that `find` throws
/// an Error for is reported. `methods`: placeholders that are not members. `times_as_text`: see TemplateOptions. `indent`: spaces a level of the array. Gives the exit status.
int print_documents(const std::vector<std::string>& names, const std::string& format,
                    const std::function<OrderedJson(const std::string&)>& find, const Methods& methods = {}, bool times_as_text = false, int indent = 5);

}  // namespace skiff::cli
