#include "cli/invocation.h"

namespace skiff::cli {

std::optional<std::string> Environment::get(const std::string& name) const {
    for (const std::string& variable : variables) {
        if (variable.size() > name.size() && variable[name.size()] == '=' && variable.starts_with(name)) {
            return variable.substr(name.size() + 1);
        }
    }
    return std::nullopt;
}

}  // namespace skiff::cli
