// What most sources include, compiled once. Sources still include what they use: a build with
// -Dpch=false keeps them honest.
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/json.h"
