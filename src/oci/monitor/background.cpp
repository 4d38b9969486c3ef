#include "oci/monitor/background.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "util/fd.h"

namespace skiff::oci::monitor {
namespace {

constexpr const char* kOomScoreAdj = "/proc/self/oom_score_adj";
constexpr std::string_view kProtected = "-999";
constexpr std::array<int, 5> kIgnored{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

void set_dispositions(void (*ignored)(int)) {
    for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
    for (const int signal : kIgnored) ::signal(signal, ignored);
}

void set_mask(bool block_child) {
    sigset_t mask;
    ::sigemptyset(&mask);
    if (block_child) ::sigaddset(&mask, SIGCHLD);
    ::sigprocmask(SIG_SETMASK, &mask, nullptr);
}

bool write_oom_score_adj(std::string_view value) {
    const UniqueFd file{::open(kOomScoreAdj, O_WRONLY | O_CLOEXEC)};
    return file && ::write(file.get(), value.data(), value.size()) > 0;
}

std::string read_oom_score_adj() {
    const UniqueFd file{::open(kOomScoreAdj, O_RDONLY | O_CLOEXEC)};
    std::array<char, 32> text{};
    const ssize_t got = file ? ::read(file.get(), text.data(), text.size()) : 0;
    return {text.data(), static_cast<std::size_t>(got > 0 ? got : 0)};
}

}  // namespace

Background::Background(std::vector<int> keep) {
    detach_standard_streams();
    close_all_except(std::move(keep));
    set_dispositions(SIG_IGN);
    set_mask(/*block_child=*/true);
    ::prctl(PR_SET_NAME, "skiff-monitor");
    ::prctl(PR_SET_PDEATHSIG, 0);
    if (::chdir("/") == 0) ::umask(0077);
    const std::string inherited = read_oom_score_adj();
    if (write_oom_score_adj(kProtected)) oom_score_adj_ = inherited;  // needs CAP_SYS_RESOURCE; without it, as it was
}

void Background::execute(const std::vector<std::string>& command) const noexcept {
    if (!oom_score_adj_.empty()) write_oom_score_adj(oom_score_adj_);
    std::vector<char*> argv;
    for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    set_dispositions(SIG_DFL);
    set_mask(/*block_child=*/false);
    ::execve(argv[0], argv.data(), environ);
}

}  // namespace skiff::oci::monitor
