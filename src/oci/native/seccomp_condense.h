#pragma once
/// Makes a filter program shorter without changing what it says. The kernel checks, translates and tries out a program whenever it is loaded,
/// once for each process: a common profile's fourteen hundred instructions take it 0.4 ms, a tenth of an exec.
///
/// A program of libseccomp decides call by call. Calls in a row with the same verdict can be told from their neighbours by two comparisons:
/// the program is followed for each interval of call numbers, once for each architecture, up to its verdict or to the first look at an
/// argument; from there on its own instructions are kept. The intervals become a binary tree.
///
/// Source: seccomp(2), struct seccomp_data; kernel documentation, networking/filter.rst (the instructions).

#include <linux/filter.h>

#include <vector>

namespace skiff::oci::native {

/// `program` itself when it has instructions that this does not follow, or would not become shorter.
std::vector<sock_filter> condensed(const std::vector<sock_filter>& program);

}  // namespace skiff::oci::native
