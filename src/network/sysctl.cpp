#include "network/sysctl.h"

#include <fcntl.h>

#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network {

bool set_sysctl(std::string_view name, std::string_view value) {
    const std::string path = concat("/proc/sys/net/", name);
    const UniqueFd reading = open_at_if_exists(AT_FDCWD, path, O_RDONLY);
    if (!reading) return false;
    if (trim(read_all(reading.get(), 4096, path)) == value) return true;
    const UniqueFd writing = open_at(AT_FDCWD, path, O_WRONLY);
    write_all(writing.get(), value, path);
    return true;
}

bool kernel_has_ipv6() {
    const auto disabled = read_file_if_exists_at(AT_FDCWD, "/proc/sys/net/ipv6/conf/all/disable_ipv6", 16);
    return disabled && trim(*disabled) == "0";
}

}  // namespace skiff::network
