#include "oci/monitor/file_pages.h"

#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>

namespace skiff::oci::monitor {
namespace {

/// RELRO lies in a writable segment, so what is not writable was never written to.
int release_object(dl_phdr_info* object, std::size_t, void* page_size) {
    const auto mask = *static_cast<const std::uintptr_t*>(page_size) - 1;
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
        const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~mask;
        const std::uintptr_t end = (object->dlpi_addr + segment.p_vaddr + segment.p_memsz + mask) & ~mask;
        ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
    }
    return 0;
}

}  // namespace

void release_file_pages() noexcept {
    auto page_size = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    ::dl_iterate_phdr(release_object, &page_size);
}

}  // namespace skiff::oci::monitor
