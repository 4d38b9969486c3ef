#include <unistd.h>

#include <optional>
#include <type_traits>

#include "oci/native/cli_command.h"
#include "oci/native/factory.h"
#include "oci/native/spec_parse.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

const std::vector<OptionSpec>& update_options() {
    static const std::vector<OptionSpec> table = {
        {"resources", 'r', true, "file with the resources object; - is standard input"},
        {"blkio-weight", '\0', true, "10 to 1000"},
        {"cpu-period", '\0', true, "microseconds"},
        {"cpu-quota", '\0', true, "microseconds"},
        {"cpu-burst", '\0', true, "microseconds"},
        {"cpu-share", '\0', true, "relative weight"},
        {"cpu-rt-period", '\0', true, "microseconds"},
        {"cpu-rt-runtime", '\0', true, "microseconds"},
        {"cpuset-cpus", '\0', true, "list of CPUs"},
        {"cpuset-mems", '\0', true, "list of memory nodes"},
        {"cpu-idle", '\0', true, "0 or 1"},
        {"memory", '\0', true, "bytes"},
        {"memory-reservation", '\0', true, "bytes"},
        {"memory-swap", '\0', true, "bytes; -1: no limit"},
        {"pids-limit", '\0', true, "0: no limit"},
    };
    return table;
}

template <typename Number>
void read_number(const Options& options, const char* name, std::optional<Number>& into) {
    if (!options.has(name)) return;
    const auto number = std::is_signed_v<Number> ? parse_size(options.get(name)) : parse_int(options.get(name));
    const auto plain = parse_int(options.get(name));
    if (!number && !plain) throw Error{ErrorKind::Invalid, concat("--", name, " needs a number")};
    into = static_cast<Number>(plain ? *plain : *number);
}

Resources resources_from(const Options& options) {
    if (options.has("resources")) {
        const std::string file = options.get("resources");
        const std::string text = file == "-" ? read_all(STDIN_FILENO, 1U << 20, "standard input") : read_file(file);
        return parse_resources(parse_json(text, "resources"));
    }
    Resources resources;
    read_number(options, "blkio-weight", resources.block_io.weight);
    read_number(options, "cpu-period", resources.cpu.period);
    read_number(options, "cpu-quota", resources.cpu.quota);
    read_number(options, "cpu-burst", resources.cpu.burst);
    read_number(options, "cpu-share", resources.cpu.shares);
    read_number(options, "cpu-rt-period", resources.cpu.realtime_period);
    read_number(options, "cpu-rt-runtime", resources.cpu.realtime_runtime);
    read_number(options, "cpu-idle", resources.cpu.idle);
    read_number(options, "memory", resources.memory.limit);
    read_number(options, "memory-reservation", resources.memory.reservation);
    read_number(options, "memory-swap", resources.memory.swap);
    read_number(options, "pids-limit", resources.pids_limit);
    resources.cpu.cpus = options.get("cpuset-cpus");
    resources.cpu.mems = options.get("cpuset-mems");
    return resources;
}

}  // namespace

namespace command {

int update(const Globals& globals, const Words& words) {
    const Options options{update_options(), words, true};
    Factory{globals.root}.load(only_operand(options)).update(resources_from(options));
    return 0;
}

}  // namespace command

}  // namespace skiff::oci::native
