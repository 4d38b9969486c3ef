#pragma once
/// Memory of a process that mostly sleeps.

namespace skiff {

/// Gives back the mapped pages of the program and its libraries that are clean copies of their files: they come back when
/// touched. Pages that were written to (variables, relocated constants) are left alone.
/// Source: madvise(2), MADV_DONTNEED; dl_iterate_phdr(3); proc_pid_pagemap(5).
void release_file_pages() noexcept;

}  // namespace skiff
