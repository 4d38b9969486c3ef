#pragma once
#include <string_view>

namespace skiff::network::dns {

/// Takes `packet` for a query, for a server's response and for a records file. Aborts when an answer of ours is malformed, too
/// long, or larger than a plain query may make it.
void fuzz_dns(std::string_view packet);

}  // namespace skiff::network::dns
