#pragma once
/// How much goes through a pipe at once, in bytes.

namespace skiff::oci::monitor {

/// Asked for with F_SETPIPE_SZ, which is refused where fs.pipe-max-size is smaller: fine. Also the most that one splice moves.
inline constexpr int kPipeBytes = 1 << 20;

}  // namespace skiff::oci::monitor
