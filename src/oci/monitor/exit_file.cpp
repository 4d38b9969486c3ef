#include <fcntl.h>
#include <signal.h>

#include <cstdio>

#include "oci/monitor/monitor.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

constexpr const char* kName = "exit";
constexpr std::string_view kVersion = "1";
constexpr const char* kReservedName = ".exit.reserved";
constexpr std::size_t kReservedBytes = 128;
constexpr std::size_t kMaxBytes = 4096;

[[noreturn]] void malformed(const fs::path& run_dir) {
    throw Error{ErrorKind::Corrupt, concat("exit file ", quote((run_dir / kName).native()), " is malformed")};
}

/// Written over and renamed: on a full file system that still works. False when nothing is reserved.
bool write_reserved(int dir, std::string_view line) {
    const UniqueFd file = open_at_if_exists(dir, kReservedName, O_WRONLY);
    if (!file) return false;
    const auto size = static_cast<off_t>(line.size());
    return ::pwrite(file.get(), line.data(), line.size(), 0) == size && ::ftruncate(file.get(), size) == 0 &&
           ::renameat(dir, kReservedName, dir, kName) == 0;
}

}  // namespace

void forget_exit_file(const fs::path& run_dir) {
    const UniqueFd dir = open_directory(run_dir);
    if (::unlinkat(dir.get(), kName, 0) != 0 && errno != ENOENT) throw SystemError{errno, "removing an old exit file"};
}

void reserve_exit_file(const fs::path& run_dir) {
    const UniqueFd dir = open_directory(run_dir);
    replace_file_at(dir.get(), kReservedName, std::string(kReservedBytes, ' '), 0600);
}

bool is_timed_out(const ExitFile& exit) noexcept { return exit.code == kTimedOutStatus && exit.signal == SIGKILL; }

void write_exit_file(const fs::path& run_dir, const ExitFile& exit) {
    const UniqueFd dir = open_directory(run_dir);
    const std::string line = concat(kVersion, ' ', exit.code, ' ', exit.signal, ' ', exit.oom_killed ? '1' : '0', ' ', exit.at, '\n');
    if (!write_reserved(dir.get(), line)) replace_file_at(dir.get(), kName, line, 0600);
}

std::optional<ExitFile> read_exit_file(const fs::path& run_dir) {
    const UniqueFd dir = open_at_if_exists(AT_FDCWD, run_dir, O_RDONLY | O_DIRECTORY);
    const auto content = dir ? read_file_if_exists_at(dir.get(), kName, kMaxBytes) : std::nullopt;
    if (!content) return std::nullopt;
    const auto words = split(trim(*content), ' ');
    if (words.size() < 5 || words[0] != kVersion) malformed(run_dir);
    const auto code = parse_int(words[1]);
    const auto signal = parse_int(words[2]);
    const auto at = parse_int(words[4]);
    if (!code || !signal || !at || (words[3] != "0" && words[3] != "1")) malformed(run_dir);
    return ExitFile{static_cast<int>(*code), static_cast<int>(*signal), words[3] == "1", *at};
}

}  // namespace skiff::oci::monitor
