#include <fcntl.h>

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/format/listing.h"
#include "cli/image_row.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/container.h"
#include "libpod/container_config.h"
#include "libpod/runtime.h"
#include "libpod/state.h"
#include "libpod/volume/volume.h"
#include "state/database.h"
#include "storage/container_storage.h"
#include "storage/tree_walk.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

struct DfCall {
    std::string format;
    bool verbose = false;
};

struct StoredLayer {
    std::string parent;
    std::uint64_t bytes = 0;  ///< of the files and of the archive that is kept
    int images = 0;           ///< that have it
    bool in_use = false;      ///< by an image that a container uses
};

/// What lies on the disk, read in one snapshot.
struct Usage {
    std::map<std::string, StoredLayer> layers;
    std::vector<image::ImageRecord> images;
    std::map<std::string, int> containers_of_image;
    std::vector<libpod::ContainerRow> containers;
    std::map<std::string, std::uint64_t> container_bytes;
    std::map<std::string, std::uint64_t> volume_bytes;
    std::map<std::string, int> volume_users;
};

void read_layers(const libpod::Runtime& runtime, Usage& usage) {
    auto query = runtime.db().prepare("SELECT chain_id, coalesce(parent, ''), layer.size + coalesce(blob.size, 0) FROM layer LEFT JOIN blob ON blob.digest = layer.blob");
    while (query.step()) usage.layers[query.text(0)] = {query.text(1), static_cast<std::uint64_t>(query.integer(2)), 0, false};
}

void read_volumes(const libpod::Runtime& runtime, Usage& usage) {
    usage.volume_users = libpod::volume_user_counts(runtime.db());
    for (const auto& row : libpod::read_all_volumes(runtime.db())) {
        const auto data = open_at_if_exists(AT_FDCWD, libpod::volume_path(runtime, row.name), O_RDONLY | O_DIRECTORY);
        usage.volume_bytes[row.name] = data ? storage::tree_size(data.get()) : 0;
    }
}

Usage read_usage(libpod::Runtime& runtime) {
    Usage usage;
    usage.images = runtime.images().list();
    usage.containers_of_image = runtime.images().container_counts();
    usage.containers = runtime.list();
    read_layers(runtime, usage);
    for (const auto& image : usage.images) {
        const bool used = usage.containers_of_image.contains(image.id);
        std::string id = image.top_layer ? image.top_layer->text() : "";
        for (auto layer = usage.layers.find(id); layer != usage.layers.end(); layer = usage.layers.find(layer->second.parent)) {
            ++layer->second.images;
            layer->second.in_use |= used;
        }
    }
    for (const auto& row : usage.containers) usage.container_bytes[row.id] = runtime.container_storage().diff_size(row.id);
    read_volumes(runtime, usage);
    return usage;
}

bool is_active(const libpod::ContainerRow& row) {
    return row.state.state == libpod::State::Running || row.state.state == libpod::State::Paused || row.state.state == libpod::State::Stopping;
}

OrderedJson summary_row(const char* type, std::size_t total, std::size_t active, std::uint64_t size, std::uint64_t reclaimable) {
    const auto percent = size == 0 ? 0 : static_cast<int>((reclaimable * 100 + size / 2) / size);
    OrderedJson row;
    row["Type"] = type;
    row["Total"] = total;
    row["TotalCount"] = total;
    row["Active"] = active;
    row["RawSize"] = size;
    row["Size"] = human_size(static_cast<std::int64_t>(size));
    row["RawReclaimable"] = reclaimable;
    row["Reclaimable"] = concat(human_size(static_cast<std::int64_t>(reclaimable)), " (", percent, "%)");
    return row;
}

OrderedJson images_row(const Usage& usage) {
    std::uint64_t size = 0, reclaimable = 0;
    for (const auto& [id, layer] : usage.layers) {
        size += layer.bytes;
        if (!layer.in_use) reclaimable += layer.bytes;
    }
    return summary_row("Images", usage.images.size(), usage.containers_of_image.size(), size, reclaimable);
}

OrderedJson containers_row(const Usage& usage) {
    std::uint64_t size = 0, reclaimable = 0;
    std::size_t active = 0;
    for (const auto& row : usage.containers) {
        size += usage.container_bytes.at(row.id);
        if (is_active(row)) ++active;
        else reclaimable += usage.container_bytes.at(row.id);
    }
    return summary_row("Containers", usage.containers.size(), active, size, reclaimable);
}

OrderedJson volumes_row(const Usage& usage) {
    std::uint64_t size = 0, reclaimable = 0;
    for (const auto& [name, bytes] : usage.volume_bytes) {
        size += bytes;
        if (!usage.volume_users.contains(name)) reclaimable += bytes;
    }
    return summary_row("Local Volumes", usage.volume_bytes.size(), usage.volume_users.size(), size, reclaimable);
}

void print_summary(const Usage& usage, const DfCall& call) {
    const Listing listing{.name = "system df",
                          .default_template = "{{.Type}}\t{{.Total}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
                          .headers = {},
                          .rows = {images_row(usage), containers_row(usage), volumes_row(usage)},
                          .methods = {}};
    print_listing(listing, {.format = call.format, .no_heading = false, .json_indent = -1});
}

std::chrono::seconds age(UnixNanos since, UnixNanos now) { return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::nanoseconds{now - since}); }

OrderedJson image_usage(const Usage& usage, const image::ImageRecord& image, const std::string& name, UnixNanos now) {
    std::uint64_t unique = 0, shared = 0;
    std::string id = image.top_layer ? image.top_layer->text() : "";
    for (auto layer = usage.layers.find(id); layer != usage.layers.end(); layer = usage.layers.find(layer->second.parent))
        (layer->second.images > 1 ? shared : unique) += layer->second.bytes;
    const auto containers = usage.containers_of_image.find(image.id);
    const auto colon = name.rfind(':');
    OrderedJson row;
    row["Repository"] = name.empty() ? "<none>" : name.substr(0, colon);
    row["Tag"] = name.empty() ? "<none>" : name.substr(colon + 1);
    row["ImageID"] = short_id(image.id);
    row["Created"] = human_duration(age(image.created_at, now));
    row["Size"] = human_size(static_cast<std::int64_t>(unique + shared));
    row["SharedSize"] = human_size(static_cast<std::int64_t>(shared));
    row["UniqueSize"] = human_size(static_cast<std::int64_t>(unique));
    row["Containers"] = containers == usage.containers_of_image.end() ? 0 : containers->second;
    return row;
}

void print_image_table(const Usage& usage) {
    Listing listing{.name = "system df",
                    .default_template = "{{.Repository}}\t{{.Tag}}\t{{.ImageID}}\t{{.Created}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
                    .headers = {{"ImageID", "IMAGE ID"}},
                    .rows = {},
                    .methods = {}};
    const auto now = now_nanos();
    for (const auto& image : usage.images) listing.rows.push_back(image_usage(usage, image, image.names.empty() ? "" : image.names.front(), now));
    print_line("Images space usage:\n");
    print_listing(listing, {});
}

void print_container_table(libpod::Runtime& runtime, const Usage& usage) {
    Listing listing{.name = "system df",
                    .default_template = "{{.ContainerID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.Created}}\t{{.Status}}\t{{.Names}}",
                    .headers = {{"ContainerID", "CONTAINER ID"}},
                    .rows = {},
                    .methods = {}};
    const auto now = now_nanos();
    auto volumes = runtime.db().prepare("SELECT count(*) FROM volume_use WHERE container_id = ?");
    for (const auto& row : usage.containers) {
        volumes.reset();
        volumes.bind(row.id);
        volumes.step();
        OrderedJson json;
        json["ContainerID"] = short_id(row.id);
        json["Image"] = row.image_id ? short_id(*row.image_id) : "";
        json["Command"] = join(libpod::argv_of(libpod::Container{runtime, row}.config()), " ");
        json["LocalVolumes"] = volumes.integer(0);
        json["Size"] = human_size(static_cast<std::int64_t>(usage.container_bytes.at(row.id)));
        json["Created"] = human_duration(age(row.created_at, now));
        json["Status"] = std::string{libpod::shown_state(row.state.state)};
        json["Names"] = row.name;
        listing.rows.push_back(std::move(json));
    }
    print_line("\nContainers space usage:\n");
    print_listing(listing, {});
}

void print_volume_table(const Usage& usage) {
    Listing listing{.name = "system df",
                    .default_template = "{{.VolumeName}}\t{{.Links}}\t{{.Size}}",
                    .headers = {{"VolumeName", "VOLUME NAME"}},
                    .rows = {},
                    .methods = {}};
    for (const auto& [name, bytes] : usage.volume_bytes) {
        const auto users = usage.volume_users.find(name);
        OrderedJson row;
        row["VolumeName"] = name;
        row["Links"] = users == usage.volume_users.end() ? 0 : users->second;
        row["Size"] = human_size(static_cast<std::int64_t>(bytes));
        listing.rows.push_back(std::move(row));
    }
    print_line("\nLocal Volumes space usage:\n");
    print_listing(listing, {});
}

int df(libpod::Runtime& runtime, const DfCall& call) {
    if (call.verbose && !call.format.empty()) throw Error{ErrorKind::Invalid, "--verbose and --format exclude each other"};
    const auto usage = read_usage(runtime);
    if (!call.verbose) {
        print_summary(usage, call);
        return 0;
    }
    print_image_table(usage);
    print_container_table(runtime, usage);
    print_volume_table(usage);
    return 0;
}

}  // namespace

void define_system_df(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<DfCall>();
    add_string(command, "--format", call->format, "FORMAT", "json, a Go template, or table TEMPLATE");
    add_flag(command, "-v,--verbose", call->verbose, "One line for each image, container and volume");
    invocation.needs = Needs::ReadOnly;
    invocation.action = [call](libpod::Runtime& runtime) { return df(runtime, *call); };
}

}  // namespace skiff::cli
