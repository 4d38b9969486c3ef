#include "util/file_pages.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "util/fd.h"

namespace skiff {
namespace {

/// Source: kernel documentation, admin-guide/mm/pagemap.rst.
constexpr std::uint64_t kPresent = 1ULL << 63;
constexpr std::uint64_t kFilePage = 1ULL << 61;

struct Walk {
    int pagemap;
    std::uintptr_t page_size;
};

bool is_clean(std::uint64_t entry) { return (entry & kPresent) != 0 && (entry & kFilePage) != 0; }

/// Drops the pages of [begin, end) that are still the file's own; what was written to is anonymous by now and stays.
void release_range(const Walk& walk, std::uintptr_t begin, std::uintptr_t end) {
    std::array<std::uint64_t, 256> entries;
    while (begin < end) {
        const std::size_t wanted = std::min<std::size_t>((end - begin) / walk.page_size, entries.size());
        const auto offset = static_cast<off_t>(begin / walk.page_size * sizeof entries[0]);
        const ssize_t got = ::pread(walk.pagemap, entries.data(), wanted * sizeof entries[0], offset);
        if (got < static_cast<ssize_t>(sizeof entries[0])) return;
        const std::size_t count = static_cast<std::size_t>(got) / sizeof entries[0];
        for (std::size_t i = 0; i < count;) {
            const std::size_t first = i;
            while (i < count && is_clean(entries[i])) ++i;
            if (i > first) ::madvise(reinterpret_cast<void*>(begin + first * walk.page_size), (i - first) * walk.page_size, MADV_DONTNEED);
            else ++i;
        }
        begin += count * walk.page_size;
    }
}

int release_object(dl_phdr_info* object, std::size_t, void* context) {
    const auto& walk = *static_cast<const Walk*>(context);
    const auto mask = walk.page_size - 1;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD) continue;
        const std::uintptr_t begin = object->dlpi_addr + segment.p_vaddr;
        release_range(walk, begin & ~mask, (begin + segment.p_filesz + mask) & ~mask);
    }
    return 0;
}

}  // namespace

void release_file_pages() noexcept {
    const UniqueFd pagemap{::open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)};
    if (!pagemap) return;
    Walk walk{pagemap.get(), static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE))};
    ::dl_iterate_phdr(release_object, &walk);
}

}  // namespace skiff
