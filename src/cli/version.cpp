#include <sys/utsname.h>

#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/version.h"
#include "util/text.h"

namespace skiff::cli {

std::string go_architecture() {
    struct utsname names {};
    ::uname(&names);
    const std::string machine = names.machine;
    if (machine == "x86_64") return "amd64";
    if (machine == "aarch64") return "arm64";
    if (machine == "i686" || machine == "i386") return "386";
    return machine;
}

// podman's keys; there is no Go here, so that the compiler stands in its place.
OrderedJson version_document() {
    OrderedJson json;
    json["APIVersion"] = SKIFF_VERSION;
    json["Version"] = SKIFF_VERSION;
    json["GoVersion"] = "";
    json["GitCommit"] = "";
    json["BuiltTime"] = "";
    json["Built"] = 0;
    json["BuildOrigin"] = "";
    json["OsArch"] = concat("linux/", go_architecture());
    json["Os"] = "linux";
    return json;
}

namespace {

std::string default_text() {
    return concat("Client:       skiff\nVersion:      ", SKIFF_VERSION, "\nOS/Arch:      linux/", go_architecture(), "\n");
}

int version(const std::string& format) {
    if (format.empty()) {
        print(default_text());
        return 0;
    }
    OrderedJson document{{"Client", version_document()}};
    if (is_json_format(format)) {
        print_line(dump(document, /*indent=*/2));
        return 0;
    }
    // There is no server; scripts ask for its version all the same, and podman answers with its own.
    document["Server"] = version_document();
    print(render_object("version", format, document));
    return 0;
}

}  // namespace

void define_version(CLI::App& command, Invocation& invocation) {
    auto format = std::make_shared<std::string>();
    add_string(command, "-f,--format", *format, "FORMAT", "json, or a Go template");
    invocation.needs = Needs::NoDatabase;
    invocation.local_action = [format] { return version(*format); };
}

}  // namespace skiff::cli
