#include "network/nft/record.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network::nft {
namespace {

constexpr std::chrono::seconds kPatience{10};
constexpr std::string_view kBlocked = "blocked";
constexpr std::size_t kLimit = 1U << 20;

InForce parse_record(const std::string& text) {
    if (!text.ends_with('\n')) return {};
    InForce facts;
    bool first = true;
    for (const auto& line : split(text, '\n')) {
        if (line.empty()) continue;
        if (std::exchange(first, false)) {
            const auto parts = split_once(line, ' ');
            const auto name_space = parts ? parse_uint(parts->first) : std::nullopt;
            const auto generation = parts ? parse_uint(parts->second) : std::nullopt;
            if (!name_space || !generation) return {};
            facts.name_space = *name_space;
            facts.generation = static_cast<std::uint32_t>(*generation);
        } else if (line == kBlocked) {
            facts.blocked = true;
        } else {
            facts.bridges.insert(line);
        }
    }
    return facts;
}

}  // namespace

Record::Record(const std::filesystem::path& runroot) : lock_{state::FileLock::exclusive(path(runroot), kPatience)} {}

InForce Record::read() const {
    if (::lseek(lock_.fd(), 0, SEEK_SET) != 0) throw SystemError{errno, "reading what the packet filter has"};
    return parse_record(read_all(lock_.fd(), kLimit, "nft"));
}

InForce peek(const std::filesystem::path& runroot) {
    return parse_record(read_file_if_exists_at(AT_FDCWD, Record::path(runroot), kLimit).value_or(std::string{}));
}

void Record::write(const InForce& facts) const {
    std::string text = concat(facts.name_space, " ", facts.generation, "\n");
    if (facts.blocked) text += concat(kBlocked, "\n");
    for (const auto& bridge : facts.bridges) text += concat(bridge, "\n");
    clear();
    if (::pwrite(lock_.fd(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
        throw SystemError{errno, "recording what the packet filter has"};
    }
}

void Record::clear() const {
    if (::ftruncate(lock_.fd(), 0) != 0) throw SystemError{errno, "recording what the packet filter has"};
}

bool Record::empty() const {
    struct stat info {};
    return ::fstat(lock_.fd(), &info) == 0 && info.st_size == 0;
}

std::uint64_t own_network_namespace() {
    struct stat info {};
    if (::stat("/proc/self/ns/net", &info) != 0) throw SystemError{errno, "/proc/self/ns/net"};
    return info.st_ino;
}

}  // namespace skiff::network::nft
