#include <memory>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/inspect.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/secret_row.h"
#include "libpod/runtime.h"
#include "libpod/secret/secret.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct SecretInspectCall {
    std::vector<std::string> names;
    std::string format;
    bool pretty = false, show = false;
};

std::string pretty_secret(const libpod::Runtime& runtime, const libpod::SecretRow& row, bool show) {
    std::string labels;
    for (const auto& [key, value] : row.labels) labels += concat(labels.empty() ? "Labels:\n - " : " - ", key, "=", value, "\n");
    std::string text = concat("ID:              ", row.id, "\nName:              ", row.name, "\n", labels, "Driver:            ", row.driver,
                              "\nCreated at:        ", go_time(row.created_at), "\nUpdated at:        ", go_time(row.updated_at));
    if (show) text += concat("\nSecret:            ", libpod::secret_data(runtime, row));
    return text;
}

int inspect_secrets(libpod::Runtime& runtime, const SecretInspectCall& call) {
    if (call.pretty && !call.format.empty()) throw Error{ErrorKind::Invalid, "--pretty and --format exclude each other"};
    if (!call.pretty) {
        return print_documents(call.names, call.format, [&](const std::string& name) {
            const auto row = libpod::find_secret(runtime, name);
            OrderedJson json = secret_json(row);
            if (call.show) json["SecretData"] = libpod::secret_data(runtime, row);
            return json;
        }, {}, /*times_as_text=*/false, /*indent=*/4);
    }
    Failures failures;
    for (const auto& name : call.names) {
        failures.attempt([&] { print_line(pretty_secret(runtime, libpod::find_secret(runtime, name), call.show)); });
    }
    return failures.status();
}

}  // namespace

void define_secret_inspect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SecretInspectCall>();
    add_arguments(command, "SECRET", call->names, /*required=*/true);
    add_string(command, "-f,--format", call->format, "FORMAT", "json, or a Go template");
    add_flag(command, "--pretty", call->pretty, "For people to read");
    add_flag(command, "--showsecret", call->show, "Show the secret itself");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return inspect_secrets(runtime, *call); };
}

}  // namespace skiff::cli
