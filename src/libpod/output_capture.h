#pragma once
/// Collects the beginning of what somebody writes, however much it is, without a thread.

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "util/fd.h"
#include "util/process.h"

namespace skiff::libpod {

/// A pipe whose reader is a small child: it keeps the first bytes in memory that both share, and drops the rest.
class [[nodiscard]] OutputCapture {
public:
    /// `limit_bytes`: how much is kept.
    explicit OutputCapture(std::size_t limit_bytes);
    OutputCapture(const OutputCapture&) = delete;
    OutputCapture& operator=(const OutputCapture&) = delete;
    ~OutputCapture();

    int write_end() const noexcept { return write_end_.get(); }
    /// Closes the write end, waits until the last writer has, and gives back what came.
    std::string take();

private:
    struct Shared;

    Shared* shared_ = nullptr;
    std::size_t limit_;
    UniqueFd write_end_;
    ChildProcess reader_;
};

}  // namespace skiff::libpod
