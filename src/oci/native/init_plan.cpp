#include "oci/native/init_plan.h"

#include <cstring>

namespace skiff::oci::native {
namespace {

struct PlanHeader {
    std::uint32_t flags;
    std::uint32_t count;
    std::int32_t pid;
    std::int32_t filter_lets_wait;
};

}  // namespace

std::string pack(const Preparation& preparation) {
    const PlanHeader header{preparation.seccomp_flags, static_cast<std::uint32_t>(preparation.seccomp.size()), preparation.pid,
                            preparation.filter_lets_wait ? 1 : 0};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(preparation.seccomp.data()), preparation.seccomp.size() * sizeof(sock_filter));
    return bytes + preparation.state;
}

Preparation unpack_preparation(const std::string& bytes) {
    PlanHeader header{};
    if (bytes.size() < sizeof header) throw Error{ErrorKind::System, "the runtime's message is too short"};
    std::memcpy(&header, bytes.data(), sizeof header);
    const std::size_t length = header.count * sizeof(sock_filter);
    if (bytes.size() < sizeof header + length) throw Error{ErrorKind::System, "the runtime's message is too short"};
    Preparation preparation;
    preparation.seccomp_flags = header.flags;
    preparation.pid = header.pid;
    preparation.filter_lets_wait = header.filter_lets_wait != 0;
    preparation.seccomp.resize(header.count);
    if (!preparation.seccomp.empty()) std::memcpy(preparation.seccomp.data(), bytes.data() + sizeof header, length);
    preparation.state = bytes.substr(sizeof header + length);
    return preparation;
}

}  // namespace skiff::oci::native
