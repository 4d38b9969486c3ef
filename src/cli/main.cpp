#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

#include "cli/dispatch.h"
#include "cli/docker_words.h"
#include "network/dns/responder.h"
#include "network/nft/firewall.h"
#include "oci/monitor/monitor.h"
#include "oci/native/cli_main.h"

namespace {

// A descriptor 0, 1 or 2 that the caller closed would be given to the next file opened, and that to a program in a container.
void fill_standard_descriptors() {
    int fd = 0;
    do {
        fd = ::open("/dev/null", O_RDWR);  // inherited on purpose, as standard descriptors are
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) ::close(fd);
}

// A handler, not SIG_IGN: writes fail with EPIPE here, and programs executed from here have the default again.
void survive_closed_pipes() {
    struct sigaction action {};
    action.sa_handler = [](int) {};
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGPIPE, &action, nullptr);
}

// A caller that ignores the ends of its children hands that down, and the kernel then collects ours before they can be asked about.
void collect_own_children() { ::signal(SIGCHLD, SIG_DFL); }

skiff::cli::Environment read_environment() {
    skiff::cli::Environment environment;
    for (char** variable = environ; *variable != nullptr; ++variable) environment.variables.emplace_back(*variable);
    if (char* directory = ::get_current_dir_name()) {
        environment.current_directory = directory;
        ::free(directory);  // NOLINT(cppcoreguidelines-no-malloc)
    }
    return environment;
}

// Memory given back in the middle of a short command is asked for again, page fault by page fault.
void keep_freed_memory() {
    ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
    ::mallopt(M_TOP_PAD, 256 << 10);
}

// Called through a link named skiff-oci.
bool is_oci_runtime(int argc, char** argv) {
    if (argc < 1) return false;
    const std::string_view path{argv[0]};
    return path.substr(path.rfind('/') + 1) == "skiff-oci";
}

}  // namespace

int main(int argc, char** argv) {
    collect_own_children();
    fill_standard_descriptors();
    // Small processes for as long as a container runs: nothing else is set up in them.
    if (argc > 1 && std::string_view{argv[1]} == "monitor") return skiff::oci::monitor::run_monitor(argc, argv);
    if (argc > 1 && argv[1] == skiff::network::dns::kResponderCommand) {
        return skiff::network::dns::run_responder(argc, argv, skiff::network::redirect_dns);
    }
    if (is_oci_runtime(argc, argv)) return skiff::oci::native::run_oci_command(argc, argv);
    if (argc > 1 && std::string_view{argv[1]} == "oci") return skiff::oci::native::run_oci_command(argc - 1, argv + 1);
    keep_freed_memory();
    survive_closed_pipes();
    ::umask(0022);  // modes of what is made here do not depend on the caller
    std::vector<std::string> words(argv, argv + argc);
    if (words.empty()) words.emplace_back("skiff");
    auto environment = read_environment();
    environment.called_as_docker = skiff::cli::is_docker_name(words.front());
    return skiff::cli::run_command_line(words, std::move(environment));
}
