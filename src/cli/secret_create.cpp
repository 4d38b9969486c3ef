#include <fcntl.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/parse/values.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

constexpr std::size_t kLargestInput = 512001;  // one more than a secret may have: told, not cut off

struct CreateSecretCall {
    libpod::SecretRequest request;
    std::vector<std::string> words, driver_options, labels;
    bool from_environment = false;
};

std::string read_data(const CreateSecretCall& call, const std::string& source, const Environment& environment) {
    if (call.from_environment) {
        const auto value = environment.get(source);
        if (!value) throw Error{ErrorKind::NotFound, concat("environment variable ", quote(source), " is not set")};
        return *value;
    }
    if (source == "-") {
        if (::isatty(STDIN_FILENO) != 0) throw Error{ErrorKind::Invalid, "standard input is a terminal", "give a file, or pipe the secret in"};
        return read_all(STDIN_FILENO, kLargestInput, "standard input");
    }
    const UniqueFd file = open_at(AT_FDCWD, source, O_RDONLY);
    return read_all(file.get(), kLargestInput, source);
}

int create_secret_asked(libpod::Runtime& runtime, CreateSecretCall call, const Environment& environment) {
    if (call.words.size() != 2) {
        throw Error{ErrorKind::Invalid, concat("a name and a ", call.from_environment ? "variable" : "file (or -)", " are wanted, not ", call.words.size(), " arguments")};
    }
    call.request.name = call.words[0];
    call.request.labels = libpod::parse_labels({}, call.labels);
    for (const auto& option : call.driver_options) {
        const auto pair = split_once(option, '=');
        if (!pair) throw Error{ErrorKind::Invalid, concat("--driver-opts ", quote(option), " is not KEY=VALUE")};
        call.request.options[pair->first] = pair->second;
    }
    call.request.data = read_data(call, call.words[1], environment);
    print_line(libpod::create_secret(runtime, call.request));
    return 0;
}

}  // namespace

void define_secret_create(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CreateSecretCall>();
    add_arguments(command, "NAME FILE", call->words);
    add_string(command, "-d,--driver", call->request.driver, "DRIVER", "file (default), pass or shell");
    add_list_csv(command, "--driver-opts", call->driver_options, "KEY=VALUE", "Options of the driver");
    add_flag(command, "--env", call->from_environment, "Read the secret from an environment variable");
    add_flag(command, "--ignore", call->request.ignore, "A secret of that name is no failure, and stays");
    add_list(command, "-l,--label", call->labels, "KEY=VALUE", "Add a label");
    add_flag(command, "--replace", call->request.replace, "Replace a secret of that name");
    invocation.action = [call, &invocation](libpod::Runtime& runtime) { return create_secret_asked(runtime, *call, invocation.environment); };
}

}  // namespace skiff::cli
