#include "oci/native/id.h"

#include <algorithm>

#include "oci/native/errors.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

bool allowed_in_id(char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
           letter == '_' || letter == '+' || letter == '.' || letter == '-';
}

}  // namespace

void check_id(std::string_view id) {
    if (id.empty()) throw InvalidId{"a container ID must not be empty"};
    if (id.size() > 1024) throw InvalidId{"a container ID has at most 1024 characters"};
    if (id == "." || id == ".." || !std::all_of(id.begin(), id.end(), allowed_in_id)) {
        throw InvalidId{concat("container ID ", quote(id), " may only have letters, digits and _ + . -")};
    }
}

}  // namespace skiff::oci::native
