#include "util/random.h"

#include <sys/random.h>

#include <cerrno>
#include <vector>

#include "util/error.h"
#include "util/hex.h"

namespace skiff {

std::string random_hex(std::size_t digits) {
    std::vector<unsigned char> bytes(digits / 2);
    std::size_t filled = 0;
    while (filled < bytes.size()) {
        const ssize_t got = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw SystemError{errno, "reading random bytes"};
        filled += static_cast<std::size_t>(got);
    }
    return hex_of(bytes);
}

std::string random_id() {
    // A 12-digit prefix that is all decimal would be read as a number by some tools; draw again.
    for (;;) {
        std::string id = random_hex(64);
        if (id.substr(0, 12).find_first_of("abcdef") != std::string::npos) return id;
    }
}

}  // namespace skiff
