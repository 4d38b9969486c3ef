#include "oci/native/executable.h"

#include <elf.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <optional>

#include "util/error.h"
#include "util/fd.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

std::string path_of(const std::vector<std::string>& env) {
    std::string path = kDefaultPath;
    for (const std::string& entry : env) {
        if (entry.starts_with("PATH=")) path = entry.substr(5);
    }
    return path;
}

Error not_found(const std::string& name, std::string_view why) {
    return {ErrorKind::CommandNotFound, concat("executable file ", quote(name), " ", why)};
}
Error cannot(const std::string& name, std::string_view why) {
    return {ErrorKind::CannotExecute, concat("cannot execute ", quote(name), ": ", why)};
}

/// 0, or why `path` cannot be executed as far as its file tells.
int look(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return errno;
    if (S_ISDIR(status.st_mode)) return EISDIR;
    if (!S_ISREG(status.st_mode)) return EACCES;
    return (status.st_mode & 0111) != 0 ? 0 : EACCES;
}

bool absent(int code) { return code == ENOENT || code == ENOTDIR; }

/// "#!/bin/sh -e" names /bin/sh.
std::optional<std::string> script_interpreter(std::string_view head) {
    if (!head.starts_with("#!")) return std::nullopt;
    head = trim(head.substr(2, head.find('\n') == std::string_view::npos ? head.size() : head.find('\n') - 2));
    return std::string{head.substr(0, head.find_first_of(" \t"))};
}

/// The dynamic loader that a 64-bit ELF file asks for.
std::optional<std::string> elf_interpreter(int file, std::string_view head) {
    Elf64_Ehdr header;
    if (head.size() < sizeof header || std::memcmp(head.data(), ELFMAG, SELFMAG) != 0) return std::nullopt;
    std::memcpy(&header, head.data(), sizeof header);
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phnum > 128) return std::nullopt;
    for (int i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment;
        const auto place = static_cast<off_t>(header.e_phoff + static_cast<std::size_t>(i) * sizeof segment);
        if (::pread(file, &segment, sizeof segment, place) != static_cast<ssize_t>(sizeof segment)) return std::nullopt;
        if (segment.p_type != PT_INTERP || segment.p_filesz == 0 || segment.p_filesz > 4096) continue;
        std::string path(segment.p_filesz, '\0');
        if (::pread(file, path.data(), path.size(), static_cast<off_t>(segment.p_offset)) != static_cast<ssize_t>(path.size())) return std::nullopt;
        return std::string{path.c_str()};
    }
    return std::nullopt;
}

/// The kernel would say ENOENT of the program itself; the missing file's name is what helps.
void check_interpreter(const std::string& path) {
    const UniqueFd file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    char bytes[256];
    const ssize_t length = file ? ::pread(file.get(), bytes, sizeof bytes, 0) : -1;
    if (length <= 0) return;
    const std::string_view head{bytes, static_cast<std::size_t>(length)};
    std::optional<std::string> interpreter = script_interpreter(head);
    if (!interpreter) interpreter = elf_interpreter(file.get(), head);
    if (interpreter && !interpreter->empty() && absent(look(*interpreter))) {
        throw not_found(path, concat("cannot run: its interpreter ", quote(*interpreter), " was not found: No such file or directory"));
    }
}

}  // namespace

void throw_exec_error(const std::string& program, int code) {
    switch (code) {
        case ENOENT:
        case ENOTDIR: throw not_found(program, concat("not found: ", errno_text(code)));
        case EISDIR: throw cannot(program, "permission denied: it is a directory");
        case EACCES: throw cannot(program, "permission denied");
        case ENOEXEC: throw cannot(program, "exec format error (made for another machine, or a script without #!)");
        default: throw cannot(program, errno_text(code));
    }
}

std::string find_program(const std::string& name, const std::vector<std::string>& env) {
    if (name.find('/') != std::string::npos) {
        if (const int code = look(name)) throw_exec_error(name, code);
        check_interpreter(name);
        return name;
    }
    int worst = 0;
    for (const std::string& directory : split(path_of(env), ':')) {
        const std::string path = directory.empty() ? concat("./", name) : concat(directory, "/", name);
        const int code = look(path);
        if (code == 0) {
            check_interpreter(path);
            return path;
        }
        if (!absent(code) && worst == 0) worst = code;
    }
    if (worst != 0) throw_exec_error(name, worst);
    throw not_found(name, "not found in $PATH: No such file or directory");
}

}  // namespace skiff::oci::native
