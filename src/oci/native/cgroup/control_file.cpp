#include "oci/native/cgroup/control_file.h"

#include <fcntl.h>

#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native::cgroup {

namespace {

/// 0, or errno.
int write_value(int fd, std::string_view value) {
    for (;;) {
        if (::write(fd, value.data(), value.size()) >= 0) return 0;
        if (errno != EINTR) return errno;
    }
}

}  // namespace

ControlFile::ControlFile(int directory, std::string name)
    : name_{std::move(name)}, fd_{::openat(directory, name_.c_str(), O_WRONLY | O_CLOEXEC)}, error_{fd_ ? 0 : errno} {}

void ControlFile::write(std::string_view value) const {
    const int error = fd_ ? write_value(fd_.get(), value) : error_;
    if (error != 0) throw SystemError{error, concat("writing ", quote(value), " to cgroup file ", name_)};
}

int try_write_control(int directory, const std::string& file, std::string_view value) {
    const UniqueFd fd{::openat(directory, file.c_str(), O_WRONLY | O_CLOEXEC)};
    return fd ? write_value(fd.get(), value) : errno;
}

void write_control(int directory, const std::string& file, std::string_view value) {
    const int error = try_write_control(directory, file, value);
    if (error == 0) return;
    const char* hint = error == ENOENT ? "this kernel or cgroup does not have that controller" : "";
    throw SystemError{error, concat("writing ", quote(value), " to cgroup file ", file), hint};
}

bool write_control_if_exists(int directory, const std::string& file, std::string_view value) {
    const int error = try_write_control(directory, file, value);
    if (error != 0 && error != ENOENT) throw SystemError{error, concat("writing ", quote(value), " to cgroup file ", file)};
    return error == 0;
}

std::optional<std::string> read_control(int directory, const std::string& file) {
    const auto text = read_file_if_exists_at(directory, file);
    if (!text) return std::nullopt;
    return std::string{trim(*text)};
}

std::optional<std::string> read_control_key(int directory, const std::string& file, std::string_view key) {
    const auto text = read_control(directory, file);
    if (!text) return std::nullopt;
    for (const std::string& line : split(*text, '\n')) {
        const auto pair = split_once(line, ' ');
        if (pair && pair->first == key) return pair->second;
    }
    return std::nullopt;
}

}  // namespace skiff::oci::native::cgroup
