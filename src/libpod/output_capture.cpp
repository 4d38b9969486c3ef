#include "libpod/output_capture.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "util/error.h"

namespace skiff::libpod {

struct OutputCapture::Shared {
    std::size_t used;
    char bytes[1];
};

namespace {

template <typename Shared>
[[noreturn]] void read_all_of(int pipe, Shared& shared, std::size_t limit) {
    std::array<char, 16384> buffer;
    for (;;) {
        const ssize_t got = ::read(pipe, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) ::_exit(0);
        const std::size_t kept = std::min(static_cast<std::size_t>(got), limit - shared.used);
        std::memcpy(shared.bytes + shared.used, buffer.data(), kept);
        shared.used += kept;
    }
}

}  // namespace

OutputCapture::OutputCapture(std::size_t limit_bytes) : limit_{limit_bytes} {
    void* memory = ::mmap(nullptr, sizeof(Shared) + limit_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw SystemError{errno, "making room for a command's output"};
    shared_ = static_cast<Shared*>(memory);
    Pipe pipe = make_pipe();
    const pid_t child = ::fork();
    if (child < 0) throw SystemError{errno, "collecting a command's output"};
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        pipe.write_end.reset();
        read_all_of(pipe.read_end.get(), *shared_, limit_);
    }
    reader_ = ChildProcess{child};
    write_end_ = std::move(pipe.write_end);
}

OutputCapture::~OutputCapture() { ::munmap(shared_, sizeof(Shared) + limit_); }

std::string OutputCapture::take() {
    write_end_.reset();
    reader_.wait();
    return {shared_->bytes, shared_->used};
}

}  // namespace skiff::libpod
