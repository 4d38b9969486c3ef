#include "image/jobs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <mutex>
#include <optional>

#include "image/containers_storage.h"
#include "image/download.h"
#include "image/receive.h"
#include "image/registry/curl_library.h"
#include "image/registry/login.h"
#include "image/registry/remote_image.h"
#include "image/send.h"
#include "image/signature/policy_signatures.h"
#include "state/event.h"
#include "util/error.h"
#include "util/files.h"
#include "util/json.h"
#include "util/text.h"
#include "util/worker.h"

namespace skiff::image {
namespace {

std::string to_text(const std::vector<JobImage>& images) {
    Json list = Json::array();
    for (const auto& image : images) list.push_back({{"id", image.id}, {"names", image.names}});
    return dump(list);
}

std::vector<JobImage> from_text(const std::string& text) {
    std::vector<JobImage> images;
    for (const auto& element : parse_json(text, "the worker's answer")) images.push_back({string_or(element, "id"), strings_or_empty(element, "names")});
    return images;
}

enum class Curl { IfNeeded, AtOnce };

/// Runs `work` on a store of its own over the same root: SQLite connections do not survive a fork. `curl`: whether libcurl will be needed.
std::vector<JobImage> run_job(std::string_view what, const ImageStore& store, const Report& report,
                              const std::function<std::vector<JobImage>(const ImageStore&, const ReceiveOptions&)>& work, Curl curl = Curl::IfNeeded) {
    const auto answer = run_in_worker(
        what,
        [&](const WorkerChannel& channel) {
            std::optional<registry::CurlPreload> preload;
            if (curl == Curl::AtOnce) preload.emplace();
            const state::Database db{store.db().file(), state::Database::Access::ReadWrite};
            ReceiveOptions options{.may_dlopen = true, .report = {}};
            std::mutex sending;  // downloads report from threads of their own
            if (report)
                options.report = [&](std::string_view line) {
                    const std::scoped_lock lock{sending};
                    channel.send(line);
                };
            return to_text(work(ImageStore{store.root(), db}, options));
        },
        report);
    return from_text(answer);
}

std::vector<JobImage> receive_all(const ImageStore& store, const std::vector<OfferedImage>& offers, const ReceiveOptions& options) {
    std::vector<JobImage> images;
    for (const auto& offer : offers) {
        JobImage image{receive_image(store, offer, options).id, {}};
        for (const auto& name : offer.names) image.names.push_back(name.text());
        images.push_back(std::move(image));
    }
    return images;
}

bool is_directory(const UniqueFd& fd) {
    struct stat status {};
    return ::fstat(fd.get(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::unique_ptr<FileSet> open_files(const std::string& path, const fs::path& root) {
    const auto fd = in_context("reading the image", [&] { return open_at(AT_FDCWD, path, O_RDONLY | O_NOCTTY); });
    if (is_directory(fd)) return open_directory_files(path);
    return open_archive_files(fd.get(), path, root, /*may_dlopen=*/true);
}

/// "localhost/PATH", as podman names what it takes from a directory; empty when the path does not make a name.
std::string name_for_path(const std::string& path) {
    const auto clean = fs::path{path}.lexically_normal().relative_path().native();
    auto name = concat("localhost/", clean.ends_with('/') ? clean.substr(0, clean.size() - 1) : clean);
    return try_parse_reference(name) ? name : std::string{};
}

/// Of what this process did by way of a worker. An image without a name is called by its ID.
void record_all(const ImageStore& store, std::string_view action, const std::vector<JobImage>& images) {
    for (const auto& image : images) {
        if (image.names.empty()) state::record_event(store.db(), "image", action, image.id, image.id);
        for (const auto& name : image.names) state::record_event(store.db(), "image", action, image.id, name);
    }
}

std::vector<JobImage> recorded(const ImageStore& store, std::string_view action, std::vector<JobImage> images) {
    record_all(store, action, images);
    return images;
}

std::vector<OfferedImage> offers_at(const Location& location, const FileSet& files, const Platform& platform) {
    Selection selection{location.reference, platform, /*all=*/false, {}};
    switch (location.transport) {
        case Transport::DockerArchive:
            return offer_docker_archive(files, selection);
        case Transport::Oci:
            selection.fallback_name = name_for_path(location.path);
            return offer_oci_layout(files, selection);
        case Transport::OciArchive:
            return offer_oci_layout(files, selection);
        case Transport::Dir:
            selection.fallback_name = name_for_path(location.path);
            return offer_blob_directory(files, selection);
        case Transport::ContainersStorage:
        case Transport::Docker:
            break;
    }
    throw Error{ErrorKind::Invalid, concat("pulling ", quote(location.path), ": a registry is no file")};
}

std::unique_ptr<storage::Source> open_import(const std::string& input, const std::string& shown) {
    if (input == "-") return std::make_unique<storage::FdSource>(duplicate(STDIN_FILENO), shown);
    if (input.starts_with("http://") || input.starts_with("https://")) return open_download(input);
    auto fd = in_context("importing", [&] { return open_at(AT_FDCWD, input, O_RDONLY | O_NOCTTY); });
    if (is_directory(fd)) throw Error{ErrorKind::Invalid, concat("importing ", quote(input), ": it is a directory"), "import takes a tar archive"};
    return std::make_unique<storage::FdSource>(std::move(fd), shown);
}

}  // namespace

std::vector<JobImage> run_load(const ImageStore& store, const std::string& input, const PolicyFiles& policy, const Report& report) {
    require_allowed(policy, Location{Transport::DockerArchive, input.empty() ? "standard input" : input, {}});
    return recorded(store, "loadfromarchive", run_job("loading an image", store, report, [&](const ImageStore& own, const ReceiveOptions& options) {
        const auto files = input.empty() ? open_archive_files(STDIN_FILENO, "standard input", own.root(), options.may_dlopen) : open_files(input, own.root());
        return receive_all(own, offer_any(*files, {{}, Platform::host(), /*all=*/true, {}}), options);
    }));
}

std::vector<JobImage> run_pull(const ImageStore& store, const Location& location, const Platform& platform, const PolicyFiles& policy, const Report& report) {
    require_allowed(policy, location);
    return recorded(store, "pull", run_job("pulling an image", store, report, [&](const ImageStore& own, const ReceiveOptions& options) {
        if (location.transport == Transport::ContainersStorage) {
            const auto theirs = open_containers_storage(location.reference);
            return receive_all(own, {theirs->offer(location.path)}, options);
        }
        const bool directory = location.transport == Transport::Oci || location.transport == Transport::Dir;
        const auto files = directory ? open_directory_files(location.path) : open_files(location.path, own.root());
        return receive_all(own, offers_at(location, *files, platform), options);
    }));
}

std::vector<JobImage> run_registry_pull(const ImageStore& store, const RegistryPull& request, const Report& report) {
    for (const auto& reference : request.references) static_cast<void>(required_signatures(policy_files(request.options.environment), reference));
    // What is here by its digest needs no registry, and what a registry in plain text has unchanged no libcurl.
    const bool by_digest = std::all_of(request.references.begin(), request.references.end(), [](const Reference& reference) { return reference.digest.has_value(); });
    const bool verified = request.options.tls_verify.value_or(true);
    const auto pull = [&](const ImageStore& own, const ReceiveOptions& options) { return registry::pull_images(own, request, options); };
    return recorded(store, "pull", run_job("pulling an image", store, report, pull, by_digest || !verified ? Curl::IfNeeded : Curl::AtOnce));
}

Digest run_push(const ImageStore& store, const PushRequest& request, const Report& report) {
    const auto images = run_job("pushing an image", store, report, [&](const ImageStore& own, const ReceiveOptions& options) {
        auto wanted = request.outgoing;
        wanted.may_dlopen = options.may_dlopen;
        return std::vector<JobImage>{{send_image(own, request, wanted, options.report).text(), {}}};
    });
    state::record_event(store.db(), "image", "push", request.id, request.destination.path);
    return Digest::parse(images.front().id);
}

void run_save(const ImageStore& store, const SaveRequest& request, const Report& report) {
    run_job("saving an image", store, report, [&](const ImageStore& own, const ReceiveOptions& options) {
        save_images(own, request, options);
        return std::vector<JobImage>{};
    });
    for (const auto& image : request.images) record_all(store, "save", {{image.id, image.names}});
}

void run_login(const std::string& host, const registry::Options& options) {
    run_in_worker("logging in", [&](const WorkerChannel&) {
        registry::try_login(host, options);
        return std::string{};
    });
}

JobImage run_import(const ImageStore& store, const ImportRequest& request, const Report& report) {
    const auto names = names_for_new(request.name);
    const auto images = run_job("importing an image", store, report, [&](const ImageStore& own, const ReceiveOptions& options) {
        const std::string shown = request.input == "-" ? "standard input" : request.input;
        const auto tar = open_import(request.input, shown);
        const auto record = import_rootfs(own, *tar, {request.changes, request.message, names, request.platform, shown}, options);
        return std::vector<JobImage>{{record.id, {}}};
    });
    JobImage image{images.front().id, {}};
    for (const auto& name : names) image.names.push_back(name.text());
    record_all(store, "import", {image});
    return image;
}

JobImage run_commit(const ImageStore& store, const CommitRequest& request, const Report& report) {
    const auto images = run_job("committing a container", store, report, [&](const ImageStore& own, const ReceiveOptions& options) {
        const auto record = commit_tree(own, request, options);
        return std::vector<JobImage>{{record.id, {}}};
    });
    JobImage image{images.front().id, {}};
    for (const auto& name : request.names) image.names.push_back(name.text());
    record_all(store, "commit", {image});
    return image;
}

}  // namespace skiff::image
