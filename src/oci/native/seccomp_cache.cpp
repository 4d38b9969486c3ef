#include <fcntl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <cstring>

#include "oci/native/seccomp.h"
#include "util/error.h"
#include "util/files.h"
#include "util/log.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr std::uint32_t kMagic = 0x73636d70;
constexpr std::uint32_t kFormat = 5;
constexpr std::size_t kMaxProfile = 1U << 20;

/// Then the profile's canonical text and the instructions. The text is compared, so the name needs no cryptographic hash,
/// whose library would take longer to set up than all the rest.
struct CacheHeader {
    std::uint32_t magic;
    std::uint32_t format;
    std::uint32_t flags;
    std::uint32_t notify;
    std::uint32_t count;
    std::uint32_t text_length;
};

/// Every field, each with its length in front, so that no two profiles share a text.
class Canonical {
public:
    void add(std::string_view text) {
        add(std::uint64_t{text.size()});
        bytes_.append(text);
    }
    void add(std::uint64_t number) { bytes_.append(reinterpret_cast<const char*>(&number), sizeof number); }
    void add(const std::vector<std::string>& texts) {
        add(std::uint64_t{texts.size()});
        for (const std::string& text : texts) add(text);
    }
    void add(const std::optional<std::uint32_t>& number) { add(number ? std::uint64_t{*number} : ~std::uint64_t{0}); }
    const std::string& bytes() const { return bytes_; }

private:
    std::string bytes_;
};

/// With the kernel's release: what libseccomp makes of a profile depends on what the kernel can do.
std::string canonical_text(const Seccomp& profile) {
    Canonical text;
    utsname host{};
    ::uname(&host);
    text.add(concat(SKIFF_VERSION, " ", host.release, " ", host.machine));
    text.add(profile.default_action);
    text.add(profile.default_errno_ret);
    text.add(profile.architectures);
    text.add(profile.flags);
    text.add(std::uint64_t{profile.listener_path.empty() ? 0U : 1U});
    text.add(std::uint64_t{profile.fail_unknown_syscalls ? 1U : 0U});
    for (const SeccompRule& rule : profile.syscalls) {
        text.add(rule.names);
        text.add(rule.action);
        text.add(rule.errno_ret);
        text.add(std::uint64_t{rule.args.size()});
        for (const SeccompArg& arg : rule.args) {
            text.add(std::uint64_t{arg.index});
            text.add(arg.value);
            text.add(arg.value_two);
            text.add(arg.op);
        }
    }
    return text.bytes();
}

/// FNV-1a of 64 bits.
std::string file_name(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
    return concat("seccomp-", hash);
}

std::optional<SeccompProgram> read_cached(int directory, const std::string& name, std::string_view text) {
    const UniqueFd file{::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat status {};
    if (!file || ::fstat(file.get(), &status) != 0) return std::nullopt;
    if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid() || (status.st_mode & 077) != 0) return std::nullopt;
    const std::string bytes = read_all(file.get(), sizeof(CacheHeader) + kMaxProfile + sizeof(sock_filter) * BPF_MAXINSNS, name);
    CacheHeader header{};
    if (bytes.size() < sizeof header) return std::nullopt;
    std::memcpy(&header, bytes.data(), sizeof header);
    const std::size_t length = header.count * sizeof(sock_filter);
    if (header.magic != kMagic || header.format != kFormat || header.count == 0 || header.count > BPF_MAXINSNS) return std::nullopt;
    if (bytes.size() != sizeof header + text.size() + length || bytes.compare(sizeof header, text.size(), text) != 0) return std::nullopt;
    SeccompProgram program;
    program.flags = header.flags;
    program.notify = header.notify != 0;
    program.instructions.resize(header.count);
    std::memcpy(program.instructions.data(), bytes.data() + sizeof header + text.size(), length);
    return program;
}

void write_cached(int directory, const std::string& name, std::string_view text, const SeccompProgram& program) {
    const CacheHeader header{kMagic, kFormat, program.flags, program.notify ? 1U : 0U,
                        static_cast<std::uint32_t>(program.instructions.size()), static_cast<std::uint32_t>(text.size())};
    std::string bytes(sizeof header, '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    bytes.append(text);
    bytes.append(reinterpret_cast<const char*>(program.instructions.data()), program.instructions.size() * sizeof(sock_filter));
    replace_file_at(directory, name, bytes, 0600);
}

}  // namespace

SeccompProgram cached_seccomp(const Seccomp& profile, const std::string& directory) {
    const std::string text = canonical_text(profile);
    if (text.size() > kMaxProfile) return compile_seccomp(profile);
    const std::string name = file_name(text);
    UniqueFd cache;
    try {
        cache = make_directory(directory, 0700);
        if (std::optional<SeccompProgram> found = read_cached(cache.get(), name, text)) return std::move(*found);
    } catch (const Error& error) {
        log::debug(concat("seccomp cache: ", error.what(), ", ignoring"));
    }
    SeccompProgram program = compile_seccomp(profile);
    try {
        if (cache) write_cached(cache.get(), name, text, program);
    } catch (const Error& error) {
        log::debug(concat("seccomp cache: ", error.what(), ", ignoring"));
    }
    return program;
}

}  // namespace skiff::oci::native
