#include "oci/native/join_facts.h"

#include <fcntl.h>

#include <cstring>

#include "util/files.h"

namespace skiff::oci::native {
namespace {

constexpr const char* kName = "join";
constexpr std::uint32_t kMagic = 0x6a6f696e;
constexpr std::uint32_t kFormat = 2;

/// Then the instructions.
struct Header {
    std::uint32_t magic;
    std::uint32_t format;
    std::int32_t namespaces;
    std::uint32_t seccomp_flags;
    std::uint32_t lets_wait;
    std::uint32_t count;
};

}  // namespace

std::optional<JoinFacts> join_facts(const Spec& spec, const Preparation& preparation, bool has_listener) {
    if (has_listener || spec.keep_original_groups || spec.lnx.personality || spec.lnx.memory_policy) return std::nullopt;
    JoinFacts facts{0, preparation.seccomp_flags, preparation.seccomp, preparation.filter_lets_wait};
    for (const Namespace& entry : spec.lnx.namespaces) facts.namespaces |= entry.flag;
    return facts;
}

void write_join_facts(int directory, const JoinFacts& facts) {
    const Header header{kMagic, kFormat, facts.namespaces, facts.seccomp_flags, facts.filter_lets_wait ? 1U : 0U, static_cast<std::uint32_t>(facts.seccomp.size())};
    std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
    bytes.append(reinterpret_cast<const char*>(facts.seccomp.data()), facts.seccomp.size() * sizeof(sock_filter));
    replace_file_at(directory, kName, bytes, 0600);
}

std::optional<JoinFacts> read_join_facts(int directory) {
    const auto bytes = read_file_if_exists_at(directory, kName, sizeof(Header) + sizeof(sock_filter) * BPF_MAXINSNS);
    Header header{};
    if (!bytes || bytes->size() < sizeof header) return std::nullopt;
    std::memcpy(&header, bytes->data(), sizeof header);
    const bool known = header.magic == kMagic && header.format == kFormat && header.count <= BPF_MAXINSNS;
    if (!known || bytes->size() != sizeof header + header.count * sizeof(sock_filter)) return std::nullopt;
    JoinFacts facts{header.namespaces, header.seccomp_flags, std::vector<sock_filter>(header.count), header.lets_wait != 0};
    if (!facts.seccomp.empty()) std::memcpy(facts.seccomp.data(), bytes->data() + sizeof header, header.count * sizeof(sock_filter));
    return facts;
}

Spec spec_of(const JoinFacts& facts) {
    Spec spec;
    for (int bit = 0; bit < 31; ++bit) {
        const int flag = 1 << bit;
        if ((facts.namespaces & flag) != 0) spec.lnx.namespaces.push_back({flag, {}});
    }
    return spec;
}

}  // namespace skiff::oci::native
