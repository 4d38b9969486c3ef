#include "network/link_name.h"

#include <net/if.h>

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace skiff::network {

void check_link_name(std::string_view what, std::string_view name) {
    const auto allowed = [](char c) { return c > 0x20 && c != 0x7f && c != '/' && c != ':' && static_cast<unsigned char>(c) < 0x80; };
    const bool fits = !name.empty() && name.size() < IF_NAMESIZE && name != "." && name != ".." && std::all_of(name.begin(), name.end(), allowed);
    if (fits) return;
    throw Error{ErrorKind::Invalid, concat(what, " ", quote(name), ": is no name of a network interface"), "1 to 15 characters, no blank, slash or colon"};
}

}  // namespace skiff::network
