#pragma once
/// Control files of one cgroup directory.

#include <optional>
#include <string>
#include <string_view>

#include "util/fd.h"

namespace skiff::oci::native::cgroup {

/// One that is written several times. A missing file is an error of the first write.
class ControlFile {
public:
    ControlFile(int directory, std::string name);
    /// One write(2). Throws SystemError naming the file and the value.
    void write(std::string_view value) const;

private:
    std::string name_;
    UniqueFd fd_;
    int error_;
};

/// One write(2) of `value`. Throws SystemError naming the file and the value.
void write_control(int directory, const std::string& file, std::string_view value);
/// The same; false when the kernel has no such file.
bool write_control_if_exists(int directory, const std::string& file, std::string_view value);
/// errno of a write, 0 on success; throws nothing.
int try_write_control(int directory, const std::string& file, std::string_view value);
/// Trimmed content; nullopt when there is no such file.
std::optional<std::string> read_control(int directory, const std::string& file);
/// The value of `key` in a file of "key value" lines.
std::optional<std::string> read_control_key(int directory, const std::string& file, std::string_view key);

}  // namespace skiff::oci::native::cgroup
