#include "libpod/preserved_fds.h"

#include <fcntl.h>

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr int kFirstPreserved = 3;
constexpr std::uint32_t kMostPreserved = 1024;

bool came_through_exec(int fd) {
    const int flags = ::fcntl(fd, F_GETFD);
    return flags >= 0 && (flags & FD_CLOEXEC) == 0;
}

std::vector<int> numbers_of(std::uint32_t count) {
    std::vector<int> numbers;
    for (std::uint32_t i = 0; i < std::min(count, kMostPreserved); ++i) numbers.push_back(kFirstPreserved + static_cast<int>(i));
    return numbers;
}

}  // namespace

void require_preserved_fds(std::uint32_t count) {
    if (count > kMostPreserved) throw Error{ErrorKind::Invalid, concat("--preserve-fds ", count, " is more than ", kMostPreserved)};
    for (const int fd : numbers_of(count)) {
        if (came_through_exec(fd)) continue;
        throw Error{ErrorKind::Invalid, concat("file descriptor ", fd, " is not available: --preserve-fds requires that it is passed"),
                    concat("in a shell: ", fd, "<FILE")};
    }
}

std::vector<int> preserved_fds(std::uint32_t count) {
    auto numbers = numbers_of(count);
    if (!std::all_of(numbers.begin(), numbers.end(), came_through_exec)) numbers.clear();
    return numbers;
}

}  // namespace skiff::libpod
