#include <fcntl.h>

#include <chrono>
#include <filesystem>

#include "oci/native/cli_command.h"
#include "oci/native/cli_run.h"
#include "oci/native/factory.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::oci::native::command {

int state(const Globals& globals, const Words& words) {
    const Options options{{}, words, true};
    print(Factory{globals.root}.load(only_operand(options)).state_json() + "\n");
    return 0;
}

int ps(const Globals& globals, const Words& words) {
    const Options options{{{"format", 'f', true, "table or json"}}, words, false};
    const Words& operands = options.operands();
    if (operands.empty()) throw Error{ErrorKind::Invalid, "expected a container ID"};
    const bool json = wants_json(options);
    print(processes_text(Factory{globals.root}.load(operands.front()).processes(), json, {operands.begin() + 1, operands.end()}));
    return 0;
}

int list(const Globals& globals, const Words& words) {
    const Options options{{{"format", 'f', true, "table or json"}, {"quiet", 'q', false, "IDs only"}}, words, true};
    print(list_text(Factory{globals.root}, wants_json(options), options.has("quiet")));
    return 0;
}

int events(const Globals& globals, const Words& words) {
    const Options options{{{"interval", '\0', true, "seconds between figures (default 5)"}, {"stats", '\0', false, "once, then leave"}}, words, true};
    const auto interval = parse_duration(options.get("interval", "5s"));
    if (!interval || interval->count() <= 0) throw Error{ErrorKind::Invalid, "--interval needs a time"};
    const Container container = Factory{globals.root}.load(only_operand(options));
    if (!options.has("stats")) return watch_events(container, std::chrono::duration_cast<std::chrono::milliseconds>(*interval));
    if (container.status() == Status::Stopped) throw Error{ErrorKind::WrongState, concat("container ", quote(container.id()), " is not running")};
    print(stats_document(container) + "\n");
    return 0;
}

int spec(const Globals&, const Words& words) {
    const Options options{{{"bundle", 'b', true, "where to write config.json"}, {"file", 'f', true, "another name than config.json"},
                           {"rootless", '\0', false, "in a user namespace whose root is the caller"}}, words, true};
    const fs::path path = fs::path{options.get("bundle", ".")} / options.get("file", "config.json");
    const UniqueFd file = open_at(AT_FDCWD, path, O_WRONLY | O_CREAT | O_EXCL, 0644);
    write_all(file.get(), example_spec(options.has("rootless")) + "\n", path.native());
    return 0;
}

int features(const Globals&, const Words& words) {
    const Options options{{}, words, true};
    if (!options.operands().empty()) throw Error{ErrorKind::Invalid, "features takes no operands"};
    print(features_document() + "\n");
    return 0;
}

}  // namespace skiff::oci::native::command
