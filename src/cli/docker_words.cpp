#include "cli/docker_words.h"

#include <map>

#include "cli/format/go_string.h"
#include "cli/format/tabwriter.h"
#include "libpod/networks.h"
#include "libpod/runtime.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

std::string text_of(const OrderedJson& value) {
    if (value.is_string()) return value.get<std::string>();
    if (value.is_null()) return {};
    return value.dump();
}

/// A placeholder's text, by its method or the row's member.
std::string cell(const Listing& listing, const OrderedJson& row, const char* name) {
    const auto method = listing.methods.find(name);
    if (method != listing.methods.end()) return text_of(method->second(row, {}));
    return row.contains(name) ? text_of(row.at(name)) : std::string{};
}

/// "a=1,b=2".
std::string labels_text(const OrderedJson& labels) {
    std::string out;
    if (!labels.is_object()) return out;
    for (const auto& [key, value] : labels.items()) out += concat(out.empty() ? "" : ",", key, "=", text_of(value));
    return out;
}

std::string list_text(const OrderedJson& list) {
    std::string out;
    if (!list.is_array()) return out;
    for (const auto& element : list) out += concat(out.empty() ? "" : ",", text_of(element));
    return out;
}

/// In quotes, 19 characters and an ellipsis when longer than 20.
std::string quoted_command(const std::string& command, bool in_full) {
    constexpr std::size_t kLongest = 20;
    if (in_full || tmpl::rune_count(command) <= kLongest - 2) return concat("\"", command, "\"");
    return concat("\"", tmpl::first_runes(command, kLongest - 2), "…\"");
}

/// {{.Label "key"}} of rows that only have the text any more.
Method label_method(std::map<std::string, OrderedJson> by_id) {
    return [by_id = std::move(by_id)](const OrderedJson& row, std::span<const OrderedJson> arguments) -> OrderedJson {
        const auto found = by_id.find(row.at("ID").get<std::string>());
        if (arguments.size() != 1 || found == by_id.end() || !found->second.is_object()) return "";
        const auto key = text_of(arguments[0]);
        return found->second.contains(key) ? found->second.at(key) : OrderedJson("");
    };
}

template <typename Dress>
void dress(Listing& listing, Dress make) {
    std::map<std::string, OrderedJson> labels;
    std::vector<OrderedJson> rows;
    for (const auto& row : listing.rows) {
        rows.push_back(make(row));
        if (rows.back().contains("ID") && row.contains("Labels")) labels[rows.back().at("ID").get<std::string>()] = row.at("Labels");
    }
    listing.rows = std::move(rows);
    listing.methods.clear();
    if (!labels.empty()) listing.methods["Label"] = label_method(std::move(labels));
}

void prefix(OrderedJson& document, const char* key, std::string_view word) {
    if (!document.contains(key) || !document.at(key).is_string()) return;
    auto& text = document.at(key).get_ref<std::string&>();
    if (!text.empty() && !text.starts_with(word)) text.insert(0, word);
}

void make_familiar(OrderedJson& document, const char* key) {
    if (!document.contains(key)) return;
    OrderedJson& value = document.at(key);
    if (value.is_string()) value = familiar_name(value.get<std::string>());
    if (!value.is_array()) return;
    for (auto& element : value) element = familiar_name(text_of(element));
}

void rename_default_network(const libpod::Runtime& runtime, OrderedJson& settings) {
    if (!settings.contains("Networks") || !settings.at("Networks").is_object()) return;
    OrderedJson networks = OrderedJson::object();
    for (const auto& [name, entry] : settings.at("Networks").items()) networks[docker_network_name(runtime, name)] = entry;
    settings["Networks"] = std::move(networks);
}

/// A container of an inspected network: the addresses of its first interface.
OrderedJson docker_member(const OrderedJson& member) {
    OrderedJson out{{"Name", member.at("name")}, {"EndpointID", ""}, {"MacAddress", ""}, {"IPv4Address", ""}, {"IPv6Address", ""}};
    if (!member.contains("interfaces")) return out;
    for (const auto& interface : member.at("interfaces")) {
        if (interface.contains("mac_address")) out["MacAddress"] = interface.at("mac_address");
        if (!interface.contains("subnets")) continue;
        for (const auto& subnet : interface.at("subnets")) {
            const auto address = subnet.at("ipnet").get<std::string>();
            out[address.find(':') == std::string::npos ? "IPv4Address" : "IPv6Address"] = address;
        }
    }
    return out;
}

}  // namespace

bool is_docker_name(std::string_view program) { return program.substr(program.rfind('/') + 1) == "docker"; }

std::string familiar_name(std::string_view name) {
    for (const std::string_view known : {"docker.io/library/", "docker.io/"}) {
        if (name.starts_with(known)) return std::string{name.substr(known.size())};
    }
    return std::string{name};
}

std::string docker_network_name(const libpod::Runtime& runtime, const std::string& name) {
    return name == libpod::default_network_name(runtime) ? "bridge" : name;
}

void dress_containers(Listing& listing) {
    dress(listing, [&](const OrderedJson& row) {
        const auto id = cell(listing, row, "ID");
        const bool in_full = id.size() > 12;
        OrderedJson out;
        out["Command"] = quoted_command(join(row.at("Command").get<std::vector<std::string>>(), " "), in_full);
        out["CreatedAt"] = cell(listing, row, "CreatedAt");
        out["ID"] = id;
        out["Image"] = familiar_name(cell(listing, row, "Image"));
        out["Labels"] = labels_text(row.at("Labels"));
        out["LocalVolumes"] = "0";
        out["Mounts"] = list_text(row.at("Mounts"));
        for (const char* key : {"Names", "Networks", "Ports", "RunningFor", "State", "Status"}) out[key] = cell(listing, row, key);
        const auto size = cell(listing, row, "Size");
        out["Size"] = size.empty() ? "0B" : size;
        return out;
    });
}

void dress_images(Listing& listing) {
    dress(listing, [&](const OrderedJson& row) {
        OrderedJson out{{"Containers", "N/A"}};
        for (const char* key : {"CreatedAt", "CreatedSince", "Digest", "ID"}) out[key] = cell(listing, row, key);
        out["Repository"] = familiar_name(cell(listing, row, "Repository"));
        out["SharedSize"] = "N/A";
        std::string size = cell(listing, row, "Size");
        std::erase(size, ' ');
        out["Size"] = size;
        out["Tag"] = cell(listing, row, "Tag");
        out["UniqueSize"] = "N/A";
        out["VirtualSize"] = size;
        return out;
    });
    std::string& cells = listing.default_template;
    if (const auto at = cells.find("{{.Created}}"); at != std::string::npos) cells.replace(at, 12, "{{.CreatedSince}}");
}

void dress_networks(const libpod::Runtime& runtime, Listing& listing) {
    dress(listing, [&](const OrderedJson& row) {
        OrderedJson out{{"CreatedAt", text_of(row.at("created"))}};
        out["Driver"] = text_of(row.at("driver"));
        out["ID"] = cell(listing, row, "ID");
        out["IPv6"] = row.at("ipv6_enabled").dump();
        out["Internal"] = row.at("internal").dump();
        out["Labels"] = labels_text(row.contains("labels") ? row.at("labels") : OrderedJson());
        out["Name"] = docker_network_name(runtime, text_of(row.at("name")));
        out["Scope"] = "local";
        return out;
    });
    listing.default_template = "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}";
}

void dress_volumes(Listing& listing) {
    dress(listing, [&](const OrderedJson& row) {
        OrderedJson out{{"Availability", "N/A"}, {"Driver", cell(listing, row, "Driver")}, {"Group", "N/A"}};
        out["Labels"] = labels_text(row.at("Labels"));
        out["Links"] = "N/A";
        for (const char* key : {"Mountpoint", "Name"}) out[key] = cell(listing, row, key);
        out["Scope"] = "local";
        out["Size"] = "N/A";
        out["Status"] = "N/A";
        return out;
    });
}

ListingOptions docker_options(ListingOptions options) {
    options.json_lines = true;
    options.stops = {.min_width = 10, .padding = 3};
    return options;
}

void dress_inspected(const libpod::Runtime& runtime, OrderedJson& document) {
    const bool is_container = document.contains("State") && document.contains("HostConfig");
    const bool is_image = document.contains("RepoTags");
    if (is_image) {
        prefix(document, "Id", "sha256:");
        make_familiar(document, "RepoTags");
        make_familiar(document, "RepoDigests");
    }
    if (!is_container) return;
    prefix(document, "Name", "/");
    prefix(document, "Image", "sha256:");
    make_familiar(document, "ImageName");
    if (document.contains("Config")) make_familiar(document.at("Config"), "Image");
    if (document.contains("NetworkSettings")) rename_default_network(runtime, document.at("NetworkSettings"));
}

OrderedJson docker_network(const libpod::Runtime& runtime, const OrderedJson& network) {
    const auto member_or = [&](const char* key, OrderedJson fallback) { return network.contains(key) && !network.at(key).is_null() ? network.at(key) : std::move(fallback); };
    OrderedJson out{{"Name", docker_network_name(runtime, network.at("name").get<std::string>())}};
    out["Id"] = network.at("id");
    out["Created"] = member_or("created", "");
    out["Scope"] = "local";
    out["Driver"] = network.at("driver");
    out["EnableIPv6"] = network.at("ipv6_enabled");
    OrderedJson subnets = OrderedJson::array();
    for (const auto& subnet : member_or("subnets", OrderedJson::array())) {
        OrderedJson entry{{"Subnet", subnet.at("subnet")}};
        if (subnet.contains("gateway")) entry["Gateway"] = subnet.at("gateway");
        subnets.push_back(std::move(entry));
    }
    out["IPAM"] = {{"Driver", "default"}, {"Options", nullptr}, {"Config", std::move(subnets)}};
    out["Internal"] = network.at("internal");
    out["Attachable"] = false;
    out["Ingress"] = false;
    OrderedJson members = OrderedJson::object();
    const OrderedJson containers = member_or("containers", OrderedJson::object());
    for (const auto& [id, member] : containers.items()) members[id] = docker_member(member);
    out["Containers"] = std::move(members);
    out["Options"] = member_or("options", OrderedJson::object());
    out["Labels"] = member_or("labels", OrderedJson::object());
    return out;
}

void add_docker_info(OrderedJson& info) {
    // Copies: each member that is added moves the others.
    const OrderedJson host = info.at("host");
    const OrderedJson store = info.at("store");
    const OrderedJson& counts = store.at("containerStore");
    const auto member_of = [](const OrderedJson& object, const char* key) { return object.contains(key) ? object.at(key) : OrderedJson(""); };
    info["Containers"] = counts.at("number");
    info["ContainersRunning"] = counts.at("running");
    info["ContainersPaused"] = counts.at("paused");
    info["ContainersStopped"] = counts.at("stopped");
    info["Images"] = store.at("imageStore").at("number");
    info["Driver"] = store.at("graphDriverName");
    info["DockerRootDir"] = store.at("graphRoot");
    info["LoggingDriver"] = member_of(host, "logDriver");
    info["CgroupDriver"] = member_of(host, "cgroupManager");
    info["CgroupVersion"] = host.contains("cgroupVersion") && host.at("cgroupVersion") == "v2" ? "2" : "1";
    info["KernelVersion"] = member_of(host, "kernel");
    info["OperatingSystem"] = host.contains("distribution") ? member_of(host.at("distribution"), "distribution") : OrderedJson("");
    info["OSType"] = member_of(host, "os");
    info["Architecture"] = member_of(host, "arch") == "amd64" ? OrderedJson("x86_64") : member_of(host, "arch") == "arm64" ? OrderedJson("aarch64") : member_of(host, "arch");
    info["NCPU"] = member_of(host, "cpus");
    info["MemTotal"] = member_of(host, "memTotal");
    info["Name"] = member_of(host, "hostname");
    info["ServerVersion"] = info.at("version").at("Version");
    info["DefaultRuntime"] = host.contains("ociRuntime") ? member_of(host.at("ociRuntime"), "name") : OrderedJson("");
}

}  // namespace skiff::cli
