#pragma once
/// Memory of a process that mostly sleeps.

namespace skiff::oci::monitor {

/// Gives back the mapped pages of the program's and its libraries' code and constants: they are clean, belong to files,
/// and come back when touched. Segments that relocation has written to are left alone.
/// Source: madvise(2), MADV_DONTNEED; dl_iterate_phdr(3).
void release_file_pages() noexcept;

}  // namespace skiff::oci::monitor
