/// The responder as a process.

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include "network/dns/responder.h"
#include "network/dns/server.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network::dns {
namespace {

constexpr int kFailed = 125;

/// Away from whoever started it: no terminal, no directory, no signal of a session.
void go_to_background() {
    detach_standard_streams();
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGPIPE}) ::signal(signal, SIG_IGN);
    for (const int signal : {SIGTERM, SIGCHLD}) ::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_NAME, "skiff-dns");
    if (::chdir("/") == 0) ::umask(0077);
}

int serve(LoneDuty& duty, const fs::path& directory, const Redirect& redirect) {
    try {
        go_to_background();
        Server server{directory, redirect};
        duty.serve();
        server.run();
        return 0;
    } catch (const std::exception& error) {
        duty.fail(error.what());
        return kFailed;
    }
}

}  // namespace

int run_responder(int argc, char** argv, const Redirect& redirect) {
    try {
        std::vector<std::string> words(argv, argv + argc);
        LoneDuty duty = LoneDuty::adopt(words);
        if (words.size() != 3) return kFailed;
        return serve(duty, words[2], redirect);
    } catch (const Error&) {
        return kFailed;  // called by hand
    }
}

}  // namespace skiff::network::dns
