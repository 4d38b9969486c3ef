#include "cli/streams.h"

#include <unistd.h>

#include "cli/report.h"
#include "libpod/containers_conf.h"
#include "libpod/runtime.h"
#include "oci/monitor/monitor.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

StreamChoice choose_streams(const std::vector<std::string>& attach, bool interactive) {
    if (attach.empty()) return {.in = interactive, .out = true, .err = true};
    StreamChoice choice{.in = interactive, .out = false, .err = false};
    for (const std::string& given : attach) {
        const std::string name = lower(given);
        if (name == "stdin") continue;  // --interactive says whether the container has one
        if (name == "stdout") choice.out = true;
        else if (name == "stderr") choice.err = true;
        else throw Error{ErrorKind::Invalid, concat("--attach: no stream ", quote(given)), "stdin, stdout, stderr"};
    }
    return choice;
}

libpod::AttachStreams attach_streams(const libpod::Runtime& runtime, StreamChoice choice,
                                     const std::optional<std::string>& detach_keys, bool sig_proxy) {
    libpod::AttachStreams streams;
    streams.in = choice.in ? STDIN_FILENO : -1;
    streams.out = choice.out ? STDOUT_FILENO : -1;
    streams.err = choice.err ? STDERR_FILENO : -1;
    if (detach_keys) streams.detach_keys = *detach_keys;
    else if (choice.in) streams.detach_keys = runtime.engine_config().detach_keys;
    oci::monitor::parse_detach_keys(streams.detach_keys);  // a mistake is told though no terminal will send them
    streams.sig_proxy = sig_proxy;
    return streams;
}

void warn_without_terminal(bool terminal, bool interactive) {
    if (terminal && interactive && ::isatty(STDIN_FILENO) == 0) {
        print_warning("the input device is not a TTY; the --tty and --interactive flags might not work properly");
    }
}

}  // namespace skiff::cli
