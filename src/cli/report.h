#pragma once
/// Standard output and standard error: results on the one, everything said to a person on the other.

#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "util/error.h"

namespace skiff::cli {

inline constexpr int kEngineFailure = 125;

/// 126 and 127 for the container's own program, 125 for everything else.
int exit_status_for(ErrorKind kind);
/// Prints `error`. 126 and 127 for the container's own program, `otherwise` for everything else: what podman(1) ends with differs
/// between commands.
int report_failure(const Error& error, int otherwise);

/// `Error: message (hint)` on standard error, one line whatever the message holds.
void print_error(const Error& error);
void print_error(std::string_view message);
/// `Warning: message`.
void print_warning(std::string_view message);

/// To standard output at once. When its reader has left, the process ends by SIGPIPE, as any filter does.
void print(std::string_view text);
/// `text` and a newline.
void print_line(std::string_view text);

/// The failures of a command that acts on several objects: each is reported, none stops the others.
class Failures {
public:
    /// Runs `step` for one object; an Error is printed and counted. True when it went well.
    bool attempt(const std::function<void()>& step);
    void add(const Error& error);

    bool any() const noexcept { return count_ != 0; }
    std::size_t count() const noexcept { return count_; }
    /// How many had this kind.
    std::size_t count(ErrorKind kind) const;
    /// 0 without failures, else 125: 126 and 127 are for commands that run one program and wait for it.
    int status() const noexcept { return count_ == 0 ? 0 : kEngineFailure; }
    /// What rm, rmi, volume rm, network rm end with: 1 when all that failed did not exist, 2 when something is in use or runs.
    int removal_status() const;

private:
    std::size_t count_ = 0;
    std::vector<ErrorKind> kinds_;
};

}  // namespace skiff::cli
