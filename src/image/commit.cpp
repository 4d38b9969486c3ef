#include "image/commit.h"

#include "image/leftover_guard.h"
#include "storage/push_source.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::image {
namespace {

std::string_view manifest_type(DocumentFormat format) { return format == DocumentFormat::Oci ? media::kOciManifest : media::kDockerManifest; }
std::string_view config_type(DocumentFormat format) { return format == DocumentFormat::Oci ? media::kOciConfig : media::kDockerConfig; }
std::string_view layer_type(DocumentFormat format) { return format == DocumentFormat::Oci ? media::kOciLayer : media::kDockerLayer; }

/// The same layer in a manifest of the other family: "…+gzip" is Docker's "….gzip".
std::string translated_layer_type(const std::string& type, DocumentFormat format) {
    for (const auto known : {media::kOciLayer, media::kDockerLayer}) {
        if (!type.starts_with(known)) continue;
        const std::string compression = type.size() > known.size() ? type.substr(known.size() + 1) : "";
        if (compression.empty()) return std::string{layer_type(format)};
        return concat(layer_type(format), format == DocumentFormat::Oci ? "+" : ".", compression);
    }
    return type;
}

/// The image below: its layers' descriptors, diff IDs and history.
struct Base {
    std::vector<Descriptor> layers;
    std::vector<Digest> diff_ids;
    std::vector<HistoryEntry> history;
    std::optional<Digest> top_layer;
};

Base read_base(const ImageStore& store, const CommitRequest& request) {
    if (!request.base) return {};
    const auto record = store.get(*request.base);
    auto config = record.parsed_config();
    Base base{parse_manifest(record.manifest, record.manifest_type, "manifest").layers, std::move(config.diff_ids), std::move(config.history), record.top_layer};
    for (auto& layer : base.layers) layer.media_type = translated_layer_type(layer.media_type, request.format);
    return base;
}

/// What the thread writes, counted.
class CountingSource : public storage::Source {
public:
    CountingSource(const CommitRequest& request, std::uint64_t& count)
        : tree_{[&request](const PushSink& sink) { storage::write_tree_tar(request.tree, sink, request.tar); }}, count_{count} {}

    std::size_t read(std::span<char> buffer) override {
        const auto got = tree_.read(buffer);
        count_ += got;
        return got;
    }

private:
    using PushSink = storage::PushSource::Sink;
    storage::PushSource tree_;
    std::uint64_t& count_;
};

NewImage new_image(const CommitRequest& request, Base base, const Digest& diff_id, std::uint64_t tar_bytes) {
    ImageConfig config = request.config;
    config.created = now_nanos();
    config.diff_ids = std::move(base.diff_ids);
    config.diff_ids.push_back(diff_id);
    config.history = std::move(base.history);
    config.history.push_back(request.history);
    config.history.back().created = config.created;
    const auto text = write_config(config);
    Manifest manifest{std::string{manifest_type(request.format)},
                      {std::string{config_type(request.format)}, Digest::of(text), text.size(), {}, {}, {}},
                      std::move(base.layers),
                      {}};
    manifest.layers.push_back({std::string{layer_type(request.format)}, diff_id, tar_bytes, {}, {}, {}});
    return {manifest.media_type, write_manifest(manifest), text, request.names, {}};
}

void report(const ReceiveOptions& options, std::string_view what, std::string_view digest) {
    if (options.report) options.report(concat(what, " ", digest.substr(0, 19), ": done"));
}

template <typename Value>
void take(Value& into, Value&& from) {
    if (!from.empty()) into = std::move(from);
}

}  // namespace

DocumentFormat parse_document_format(std::string_view text) {
    if (text.empty() || text == "oci") return DocumentFormat::Oci;
    if (text == "docker") return DocumentFormat::Docker;
    throw Error{ErrorKind::Invalid, concat("--format: ", quote(text), " is no format of images"), "oci or docker"};
}

std::vector<Reference> names_for_new(std::string_view text) {
    if (text.empty()) return {};
    auto name = normalize_reference(text, Default::Localhost);
    if (name.digest) throw Error{ErrorKind::Invalid, concat("invalid image name ", quote(text), ": a new image cannot be named by digest")};
    return {std::move(name)};
}

ImageRecord commit_tree(const ImageStore& store, const CommitRequest& request, const ReceiveOptions& options) {
    LeftoverGuard guard{store.layers()};
    auto base = read_base(store, request);
    std::uint64_t tar_bytes = 0;
    storage::LayerRequest layer;
    layer.parent = base.top_layer;
    const auto leased = store.layers().apply(layer, [&] { return std::make_unique<CountingSource>(request, tar_bytes); });
    report(options, "Copying blob", leased.layer.diff_id.text());
    fault_point("commit:layer");
    auto record = store.add(new_image(request, std::move(base), leased.layer.diff_id, tar_bytes));
    guard.done();
    report(options, "Copying config", concat("sha256:", record.id));
    return record;
}

void override_config(ImageConfig& config, std::string_view json, std::string_view name) {
    const Json section = parse_json(json, name);
    const Json document{{"rootfs", {{"type", "layers"}, {"diff_ids", Json::array()}}}, {"config", section}};
    ImageConfig given = parse_config(dump(document), name);
    take(config.user, std::move(given.user));
    take(config.env, std::move(given.env));
    take(config.cmd, std::move(given.cmd));
    take(config.entrypoint, std::move(given.entrypoint));
    take(config.working_dir, std::move(given.working_dir));
    take(config.volumes, std::move(given.volumes));
    take(config.exposed_ports, std::move(given.exposed_ports));
    take(config.labels, std::move(given.labels));
    take(config.stop_signal, std::move(given.stop_signal));
    take(config.shell, std::move(given.shell));
    take(config.on_build, std::move(given.on_build));
    if (given.healthcheck) config.healthcheck = std::move(given.healthcheck);
}

}  // namespace skiff::image
