#include "cli/commands.h"

#include <algorithm>
#include <array>

#include "cli/absent_commands.h"
#include "cli/define.h"
#include "cli/define_artifact.h"
#include "cli/parse.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

// Sorted by path (checked below).
constexpr std::array kCommands = {
    Command{"__dump", Subject::Hidden, define_dump, "What the parser accepts, as JSON", false},
    Command{"artifact", Subject::Images, nullptr, "Manage artifacts: files in registries"},
    Command{"artifact add", Subject::Images, define_artifact_add, "Make an artifact of files, or add files to one"},
    Command{"artifact extract", Subject::Images, define_artifact_extract, "Copy the files of an artifact out"},
    Command{"artifact inspect", Subject::Images, define_artifact_inspect, "Show everything about an artifact"},
    Command{"artifact ls", Subject::Images, define_artifact_ls, "List artifacts"},
    Command{"artifact pull", Subject::Images, define_artifact_pull, "Get an artifact from a registry"},
    Command{"artifact push", Subject::Images, define_artifact_push, "Give an artifact to a registry"},
    Command{"artifact rm", Subject::Images, define_artifact_rm, "Remove artifacts"},
    Command{"attach", Subject::Containers, define_attach, "Attach to a running container"},
    Command{"commit", Subject::Images, define_commit, "Make an image of a container"},
    Command{"completion", Subject::System, define_completion, "Print the completion script of a shell"},
    Command{"container", Subject::Containers, nullptr, "Manage containers"},
    Command{"container cleanup", Subject::Containers, define_container_cleanup, "Clean up after containers that have ended"},
    Command{"container clone", Subject::Containers, define_container_clone, "Create a container as another one was"},
    Command{"container exists", Subject::Containers, define_container_exists, "Tell by the exit status whether a container exists"},
    Command{"container history", Subject::Inspecting, define_container_history, "Show every change of state of a container, with its cause"},
    Command{"container inspect", Subject::Inspecting, define_container_inspect, "Show everything about containers"},
    Command{"container probe", Subject::Hidden, define_container_probe, "Run a container's health check"},
    Command{"container prune", Subject::Containers, define_container_prune, "Remove all containers that do not run"},
    Command{"container settle", Subject::Hidden, define_container_settle, "Record the end of a container"},
    Command{"cp", Subject::Moving, define_cp, "Copy files into and out of containers"},
    Command{"create", Subject::Containers, define_create, "Create a container without starting it", false},
    Command{"diff", Subject::Inspecting, define_diff, "Show what a container changed in its files"},
    Command{"events", Subject::Inspecting, define_events, "Show what happens to containers and images"},
    Command{"exec", Subject::Containers, define_exec, "Run a further command in a running container", false},
    Command{"explain", Subject::Inspecting, define_explain, "Show where each line of a container's configuration comes from"},
    Command{"export", Subject::Moving, define_export, "Write a container's file system as a tar archive"},
    Command{"gc", Subject::Images, define_gc, "Remove images that were not used for long"},
    Command{"generate", Subject::Inspecting, nullptr, "Write descriptions of containers"},
    Command{"generate spec", Subject::Inspecting, define_generate_spec, "Describe how a container was made, as JSON"},
    Command{"healthcheck", Subject::Containers, nullptr, "Manage health checks"},
    Command{"healthcheck run", Subject::Containers, define_healthcheck_run, "Run the health check of a container"},
    Command{"help", Subject::System, define_help, "Explain a command"},
    Command{"history", Subject::Images, define_history, "Show how an image was made"},
    Command{"image", Subject::Images, nullptr, "Manage images"},
    Command{"image diff", Subject::Inspecting, define_image_diff, "Show what an image changed in the files of the one below"},
    Command{"image exists", Subject::Images, define_image_exists, "Tell by the exit status whether an image exists"},
    Command{"image inspect", Subject::Images, define_image_inspect, "Show everything about images"},
    Command{"image mount", Subject::Images, define_image_mount, "Mount images on the host, read-only"},
    Command{"image prune", Subject::Images, define_image_prune, "Remove images that nothing uses"},
    Command{"image tree", Subject::Images, define_image_tree, "Show the layers of an image"},
    Command{"image trust", Subject::Images, nullptr, "Manage policy.json: which images may come here"},
    Command{"image trust set", Subject::Images, define_image_trust_set, "Say whether images of a registry are let in"},
    Command{"image trust show", Subject::Images, define_image_trust_show, "Show which images are let in"},
    Command{"image unmount", Subject::Images, define_image_unmount, "Unmount images from the host"},
    Command{"images", Subject::Images, define_images, "List images"},
    Command{"import", Subject::Images, define_import, "Make an image from a tar archive"},
    Command{"info", Subject::System, define_info, "Show facts about host and storage"},
    Command{"init", Subject::Containers, define_init, "Initialize containers: everything but the start"},
    Command{"inspect", Subject::Inspecting, define_inspect, "Show everything about containers and images"},
    Command{"kill", Subject::Containers, define_kill, "Send a signal to containers"},
    Command{"load", Subject::Images, define_load, "Load images from an archive"},
    Command{"login", Subject::Images, define_login, "Log in to a registry"},
    Command{"logout", Subject::Images, define_logout, "Log out of a registry"},
    Command{"logs", Subject::Inspecting, define_logs, "Show what containers have written"},
    Command{"manifest", Subject::Images, nullptr, "Manage manifest lists: one name for several platforms"},
    Command{"manifest add", Subject::Images, define_manifest_add, "Add images to a manifest list"},
    Command{"manifest annotate", Subject::Images, define_manifest_annotate, "Say more about an entry of a manifest list"},
    Command{"manifest create", Subject::Images, define_manifest_create, "Make a manifest list"},
    Command{"manifest exists", Subject::Images, define_manifest_exists, "Tell by the exit status whether a manifest list exists"},
    Command{"manifest inspect", Subject::Images, define_manifest_inspect, "Show a manifest list, here or in a registry"},
    Command{"manifest push", Subject::Images, define_manifest_push, "Give a manifest list and its images to another place"},
    Command{"manifest remove", Subject::Images, define_manifest_remove, "Take an entry out of a manifest list"},
    Command{"manifest rm", Subject::Images, define_manifest_rm, "Remove manifest lists"},
    Command{"mount", Subject::Moving, define_mount, "Mount containers on the host"},
    Command{"network", Subject::Networks, nullptr, "Manage networks"},
    Command{"network connect", Subject::Networks, define_network_connect, "Put a container on a further network"},
    Command{"network create", Subject::Networks, define_network_create, "Create a network"},
    Command{"network disconnect", Subject::Networks, define_network_disconnect, "Take a container off a network"},
    Command{"network exists", Subject::Networks, define_network_exists, "Tell by the exit status whether a network exists"},
    Command{"network inspect", Subject::Networks, define_network_inspect, "Show everything about networks"},
    Command{"network ls", Subject::Networks, define_network_ls, "List networks"},
    Command{"network prune", Subject::Networks, define_network_prune, "Remove networks that no container is on"},
    Command{"network reload", Subject::Networks, define_network_reload, "Make the networks of containers again"},
    Command{"network rm", Subject::Networks, define_network_rm, "Remove networks"},
    Command{"network update", Subject::Networks, define_network_update, "Change the name servers of a network"},
    Command{"pause", Subject::Containers, define_pause, "Pause all processes of containers"},
    Command{"port", Subject::Inspecting, define_port, "Show where the ports of a container are published"},
    Command{"ps", Subject::Inspecting, define_ps, "List containers"},
    Command{"pull", Subject::Images, define_pull, "Take over an image from another place"},
    Command{"push", Subject::Images, define_push, "Give an image to another place"},
    Command{"rename", Subject::Containers, define_rename, "Give a container another name"},
    Command{"restart", Subject::Containers, define_restart, "Stop containers and start them again"},
    Command{"rm", Subject::Containers, define_rm, "Remove containers"},
    Command{"rmi", Subject::Images, define_rmi, "Remove images"},
    Command{"run", Subject::Containers, define_run, "Create a container and start it", false},
    Command{"save", Subject::Images, define_save, "Write images to an archive"},
    Command{"search", Subject::Images, define_search, "Look for images in registries"},
    Command{"secret", Subject::Volumes, nullptr, "Manage secrets"},
    Command{"secret create", Subject::Volumes, define_secret_create, "Keep a secret for containers"},
    Command{"secret exists", Subject::Volumes, define_secret_exists, "Tell by the exit status whether a secret exists"},
    Command{"secret inspect", Subject::Volumes, define_secret_inspect, "Show everything about secrets but their content"},
    Command{"secret ls", Subject::Volumes, define_secret_ls, "List secrets"},
    Command{"secret rm", Subject::Volumes, define_secret_rm, "Remove secrets"},
    Command{"start", Subject::Containers, define_start, "Start containers"},
    Command{"stats", Subject::Inspecting, define_stats, "Show what containers use"},
    Command{"stop", Subject::Containers, define_stop, "Stop containers"},
    Command{"system", Subject::System, nullptr, "Manage skiff itself"},
    Command{"system boot", Subject::System, define_system_boot, "Start containers by their restart policy when the host starts"},
    Command{"system check", Subject::System, define_system_check, "Look for damage in storage and state"},
    Command{"system df", Subject::System, define_system_df, "Show what takes how much disk space"},
    Command{"system migrate", Subject::System, define_system_migrate, "Bring what another version or OCI runtime left up to date"},
    Command{"system prune", Subject::System, define_system_prune, "Remove what nothing uses"},
    Command{"system renumber", Subject::System, define_system_renumber, "For scripts: locks have no numbers here"},
    Command{"system reset", Subject::System, define_system_reset, "Remove all containers and images"},
    Command{"tag", Subject::Images, define_tag, "Give an image further names"},
    Command{"top", Subject::Inspecting, define_top, "Show the processes of a container", false},
    Command{"unmount", Subject::Moving, define_unmount, "Unmount containers from the host"},
    Command{"unpause", Subject::Containers, define_unpause, "Resume paused containers"},
    Command{"untag", Subject::Images, define_untag, "Take names from an image"},
    Command{"update", Subject::Containers, define_update, "Change limits and other settings of a container"},
    Command{"version", Subject::System, define_version, "Show the version"},
    Command{"volume", Subject::Volumes, nullptr, "Manage volumes"},
    Command{"volume create", Subject::Volumes, define_volume_create, "Make a volume"},
    Command{"volume exists", Subject::Volumes, define_volume_exists, "Tell by the exit status whether a volume exists"},
    Command{"volume export", Subject::Volumes, define_volume_export, "Write a volume's content as a tar archive"},
    Command{"volume import", Subject::Volumes, define_volume_import, "Unpack a tar archive into a volume"},
    Command{"volume inspect", Subject::Volumes, define_volume_inspect, "Show everything about volumes"},
    Command{"volume ls", Subject::Volumes, define_volume_ls, "List volumes"},
    Command{"volume mount", Subject::Volumes, define_volume_mount, "Show volumes on the host"},
    Command{"volume prune", Subject::Volumes, define_volume_prune, "Remove volumes that no container uses"},
    Command{"volume reload", Subject::Volumes, define_volume_reload, "Ask volume plugins for their volumes"},
    Command{"volume rm", Subject::Volumes, define_volume_rm, "Remove volumes"},
    Command{"volume unmount", Subject::Volumes, define_volume_unmount, "Unmount volumes from the host"},
    Command{"wait", Subject::Containers, define_wait, "Wait until containers have ended and print their exit codes"},
};

// Sorted by path.
constexpr std::array kAliases = {
    Alias{"artifact list", "artifact ls"},
    Alias{"artifact remove", "artifact rm"},
    Alias{"container attach", "attach"},
    Alias{"container commit", "commit"},
    Alias{"container cp", "cp"},
    Alias{"container create", "create"},
    Alias{"container diff", "diff"},
    Alias{"container exec", "exec"},
    Alias{"container export", "export"},
    Alias{"container init", "init"},
    Alias{"container kill", "kill"},
    Alias{"container list", "ps"},
    Alias{"container logs", "logs"},
    Alias{"container ls", "ps"},
    Alias{"container mount", "mount"},
    Alias{"container pause", "pause"},
    Alias{"container port", "port"},
    Alias{"container ps", "ps"},
    Alias{"container remove", "rm"},
    Alias{"container rename", "rename"},
    Alias{"container restart", "restart"},
    Alias{"container rm", "rm"},
    Alias{"container run", "run"},
    Alias{"container start", "start"},
    Alias{"container stats", "stats"},
    Alias{"container stop", "stop"},
    Alias{"container top", "top"},
    Alias{"container umount", "unmount"},
    Alias{"container unmount", "unmount"},
    Alias{"container unpause", "unpause"},
    Alias{"container update", "update"},
    Alias{"container wait", "wait"},
    Alias{"image history", "history"},
    Alias{"image import", "import"},
    Alias{"image list", "images"},
    Alias{"image load", "load"},
    Alias{"image ls", "images"},
    Alias{"image pull", "pull"},
    Alias{"image push", "push"},
    Alias{"image remove", "rmi"},
    Alias{"image rm", "rmi"},
    Alias{"image save", "save"},
    Alias{"image tag", "tag"},
    Alias{"image umount", "image unmount"},
    Alias{"image untag", "untag"},
    Alias{"network list", "network ls"},
    Alias{"network remove", "network rm"},
    Alias{"secret list", "secret ls"},
    Alias{"secret remove", "secret rm"},
    Alias{"system events", "events"},
    Alias{"system info", "info"},
    Alias{"umount", "unmount"},
    Alias{"volume list", "volume ls"},
    Alias{"volume remove", "volume rm"},
    Alias{"volume umount", "volume unmount"},
};

static_assert(std::ranges::is_sorted(kCommands, {}, &Command::path));
static_assert(std::ranges::is_sorted(kAliases, {}, &Alias::path));

bool is_group(const Command& command) { return command.define == nullptr; }

// The names that can follow `group` (empty: the top level).
std::vector<std::string> names_below(std::string_view group) {
    std::vector<std::string> names;
    const auto add = [&](std::string_view path) {
        if (!group.empty()) {
            if (!path.starts_with(group) || path.size() <= group.size() || path[group.size()] != ' ') return;
            path.remove_prefix(group.size() + 1);
        }
        if (path.find(' ') == std::string_view::npos) names.emplace_back(path);
    };
    for (const Command& command : kCommands) {
        if (command.subject != Subject::Hidden) add(command.path);
    }
    for (const Alias& alias : kAliases) add(alias.path);
    return names;
}

[[noreturn]] void refuse_unknown(std::string_view group, const std::string& word) {
    const std::string path = group.empty() ? word : concat(group, " ", word);
    if (const auto why = absence_of(path); !why.empty()) throw Error{ErrorKind::Unsupported, concat("skiff has no command ", quote(path), ": ", why)};
    const std::string near = nearest(word, names_below(group));
    const std::string prefix = group.empty() ? "skiff " : concat("skiff ", group, " ");
    throw Error{ErrorKind::Invalid, concat("unknown command ", quote(concat(prefix, word))),
                near.empty() ? "see skiff --help" : concat("did you mean ", prefix, near, "?")};
}

}  // namespace

std::span<const Command> commands() { return kCommands; }
std::span<const Alias> aliases() { return kAliases; }

const Command* find_command(std::string_view path) {
    const auto alias = std::ranges::lower_bound(kAliases, path, {}, &Alias::path);
    if (alias != kAliases.end() && alias->path == path) path = alias->canonical;
    const auto found = std::ranges::lower_bound(kCommands, path, {}, &Command::path);
    return found != kCommands.end() && found->path == path ? &*found : nullptr;
}

NamedCommand name_command(const std::vector<std::string>& words) {
    std::string path;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const std::string longer = path.empty() ? word : concat(path, " ", word);
        const Command* command = find_command(longer);
        if (command == nullptr) refuse_unknown(path, word);
        if (!is_group(*command)) return {command, i + 1};
        path = longer;
        // `container --help` explains the group.
        const bool last = i + 1 == words.size();
        if (last || words[i + 1] == "--help" || words[i + 1] == "-h") return {command, i + 1};
    }
    throw Error{ErrorKind::Invalid, "no command given", "see skiff --help"};
}

}  // namespace skiff::cli
