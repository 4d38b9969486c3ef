#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/docker_words.h"
#include "cli/format/listing.h"
#include "cli/format/template.h"
#include "cli/inspect.h"
#include "cli/inspect_container.h"
#include "cli/inspect_image.h"
#include "cli/invocation.h"
#include "cli/network_document.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/selection.h"
#include "cli/volume_row.h"
#include "libpod/container.h"
#include "libpod/runtime.h"
#include "libpod/volume/volume.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct InspectCall {
    std::vector<std::string> names;
    std::string format;
    std::string type = "all";
    bool latest = false;
    bool size = false;
    bool docker = false;
};

std::optional<OrderedJson> container_document(libpod::Runtime& runtime, const std::string& name, bool size) {
    try {
        libpod::Container container = runtime.find(name);
        return inspect_container(container, size);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::NotFound) return std::nullopt;
        throw;
    }
}

std::optional<OrderedJson> network_or_none(libpod::Runtime& runtime, const std::string& name) {
    try {
        return inspect_network(runtime, name);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::NotFound) return std::nullopt;
        throw;
    }
}

OrderedJson document(libpod::Runtime& runtime, const std::string& name, const InspectCall& call) {
    if (call.type == "container" || call.type == "all") {
        if (auto found = container_document(runtime, name, call.size)) return std::move(*found);
        if (call.type == "container") throw Error{ErrorKind::NotFound, concat("no such container ", quote(name))};
    }
    if (call.type == "volume") return volume_json(runtime, libpod::find_volume(runtime, name));
    if (call.type == "network") return inspect_network(runtime, name);
    const auto& images = runtime.images();
    if (const auto found = images.try_resolve(name)) return inspect_image(images, images.get(found->id));
    const auto volume = call.type == "all" ? libpod::read_volume(runtime.db(), name) : std::nullopt;
    if (volume) return volume_json(runtime, *volume);
    if (call.type == "all") {
        if (auto found = network_or_none(runtime, name)) return std::move(*found);
    }
    throw Error{ErrorKind::NotFound, concat("no such ", call.type == "image" ? "image " : "object ", quote(name)), "no container, image, network or volume has this name or ID"};
}

void check_type(const std::string& type) {
    for (const char* known : {"all", "container", "image", "network", "volume"}) {
        if (type == known) return;
    }
    for (const char* later : {"pod"}) {
        if (type == later) throw Error{ErrorKind::Unsupported, concat("--type ", quote(type), " is not supported by this version"), "container, image, network, volume, all"};
    }
    throw Error{ErrorKind::Invalid, concat("--type: no type ", quote(type)), "container, image, network, volume, all"};
}

int inspect(libpod::Runtime& runtime, InspectCall call) {
    check_type(call.type);
    if (call.latest) {
        if (!call.names.empty()) throw Error{ErrorKind::Invalid, "--latest takes no names besides"};
        call.names.push_back(runtime.latest().id());
    }
    if (call.names.empty()) throw Error{ErrorKind::Invalid, "no object given", "name one, or use --latest"};
    const auto found = [&](const std::string& name) {
        OrderedJson shown = document(runtime, name, call);
        if (call.docker) dress_inspected(runtime, shown);
        return shown;
    };
    return print_documents(call.names, call.format, found,
                           call.type == "network" ? network_methods(/*in_full=*/true) : Methods{}, /*times_as_text=*/call.docker);
}

void add_inspect_options(CLI::App& command, InspectCall& call) {
    add_arguments(command, "NAME", call.names);
    add_string(command, "-f,--format", call.format, "FORMAT", "json, or a Go template");
    add_latest(command, call.latest);
    add_flag(command, "-s,--size", call.size, "Show the sizes of a container's files");
}

}  // namespace

namespace {

/// An element of the array that all documents are, as text: many documents at once would be megabytes.
std::string element_text(OrderedJson document, int indent) {
    OrderedJson alone = OrderedJson::array();
    alone.push_back(std::move(document));
    const std::string text = dump(alone, indent);
    return text.substr(2, text.size() - 4);  // between "[\n" and "\n]"
}

int print_array(const std::vector<std::string>& names, const std::function<OrderedJson(const std::string&)>& find, int indent) {
    std::string elements;
    Failures failures;
    for (const std::string& name : names) {
        failures.attempt([&] {
            const std::string element = element_text(find(name), indent);
            if (!elements.empty()) elements += ",\n";
            elements += element;
        });
    }
    print_line(elements.empty() ? "[]" : concat("[\n", elements, "\n]"));
    return failures.status();
}

}  // namespace

int print_documents(const std::vector<std::string>& names, const std::string& given_format,
                    const std::function<OrderedJson(const std::string&)>& find, const Methods& methods, bool times_as_text, int indent) {
    if (given_format.empty() || is_json_format(given_format)) return print_array(names, find, indent);
    // podman drops the word, and has no headings here.
    const std::string format{given_format.starts_with("table ") ? trim(std::string_view{given_format}.substr(6)) : given_format};
    // A wrong template is told before anything is looked for.
    Template::parse("inspect", format, {.unescape_text = true});
    std::vector<OrderedJson> documents;
    Failures failures;
    for (const std::string& name : names) {
        failures.attempt([&] { documents.push_back(find(name)); });
    }
    for (const OrderedJson& document : documents) print(render_object("inspect", format, document, methods, podman_maps(), times_as_text));
    return failures.status();
}

void define_inspect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<InspectCall>();
    call->docker = invocation.environment.called_as_docker;
    add_inspect_options(command, *call);
    add_string(command, "-t,--type", call->type, "TYPE", "container, image, network, volume, or all (default)");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return inspect(runtime, *call); };
}

void define_container_inspect(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<InspectCall>();
    call->docker = invocation.environment.called_as_docker;
    call->type = "container";
    add_inspect_options(command, *call);
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return inspect(runtime, *call); };
}

}  // namespace skiff::cli
