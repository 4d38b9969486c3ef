#pragma once
/// The define_* function of every command, one in each file src/cli/<command>.cpp: registers options and arguments
/// and sets the action.

namespace CLI {
class App;
}

namespace skiff::cli {

struct Invocation;

// clang-format off
void define_attach(CLI::App& command, Invocation& invocation);
void define_commit(CLI::App& command, Invocation& invocation);
void define_completion(CLI::App& command, Invocation& invocation);
void define_container_cleanup(CLI::App& command, Invocation& invocation);
void define_container_clone(CLI::App& command, Invocation& invocation);
void define_container_exists(CLI::App& command, Invocation& invocation);
void define_container_history(CLI::App& command, Invocation& invocation);
void define_container_inspect(CLI::App& command, Invocation& invocation);
void define_container_probe(CLI::App& command, Invocation& invocation);
void define_container_prune(CLI::App& command, Invocation& invocation);
void define_container_settle(CLI::App& command, Invocation& invocation);
void define_cp(CLI::App& command, Invocation& invocation);
void define_create(CLI::App& command, Invocation& invocation);
void define_dump(CLI::App& command, Invocation& invocation);
void define_diff(CLI::App& command, Invocation& invocation);
void define_events(CLI::App& command, Invocation& invocation);
void define_exec(CLI::App& command, Invocation& invocation);
void define_explain(CLI::App& command, Invocation& invocation);
void define_export(CLI::App& command, Invocation& invocation);
void define_gc(CLI::App& command, Invocation& invocation);
void define_generate_spec(CLI::App& command, Invocation& invocation);
void define_healthcheck_run(CLI::App& command, Invocation& invocation);
void define_help(CLI::App& command, Invocation& invocation);
void define_history(CLI::App& command, Invocation& invocation);
void define_image_diff(CLI::App& command, Invocation& invocation);
void define_image_exists(CLI::App& command, Invocation& invocation);
void define_image_inspect(CLI::App& command, Invocation& invocation);
void define_image_mount(CLI::App& command, Invocation& invocation);
void define_image_prune(CLI::App& command, Invocation& invocation);
void define_image_tree(CLI::App& command, Invocation& invocation);
void define_image_trust_set(CLI::App& command, Invocation& invocation);
void define_image_trust_show(CLI::App& command, Invocation& invocation);
void define_image_unmount(CLI::App& command, Invocation& invocation);
void define_images(CLI::App& command, Invocation& invocation);
void define_import(CLI::App& command, Invocation& invocation);
void define_info(CLI::App& command, Invocation& invocation);
void define_init(CLI::App& command, Invocation& invocation);
void define_inspect(CLI::App& command, Invocation& invocation);
void define_kill(CLI::App& command, Invocation& invocation);
void define_load(CLI::App& command, Invocation& invocation);
void define_login(CLI::App& command, Invocation& invocation);
void define_logout(CLI::App& command, Invocation& invocation);
void define_logs(CLI::App& command, Invocation& invocation);
void define_manifest_add(CLI::App& command, Invocation& invocation);
void define_manifest_annotate(CLI::App& command, Invocation& invocation);
void define_manifest_create(CLI::App& command, Invocation& invocation);
void define_manifest_exists(CLI::App& command, Invocation& invocation);
void define_manifest_inspect(CLI::App& command, Invocation& invocation);
void define_manifest_push(CLI::App& command, Invocation& invocation);
void define_manifest_remove(CLI::App& command, Invocation& invocation);
void define_manifest_rm(CLI::App& command, Invocation& invocation);
void define_mount(CLI::App& command, Invocation& invocation);
void define_network_connect(CLI::App& command, Invocation& invocation);
void define_network_create(CLI::App& command, Invocation& invocation);
void define_network_disconnect(CLI::App& command, Invocation& invocation);
void define_network_exists(CLI::App& command, Invocation& invocation);
void define_network_inspect(CLI::App& command, Invocation& invocation);
void define_network_ls(CLI::App& command, Invocation& invocation);
void define_network_prune(CLI::App& command, Invocation& invocation);
void define_network_reload(CLI::App& command, Invocation& invocation);
void define_network_rm(CLI::App& command, Invocation& invocation);
void define_network_update(CLI::App& command, Invocation& invocation);
void define_pause(CLI::App& command, Invocation& invocation);
void define_port(CLI::App& command, Invocation& invocation);
void define_ps(CLI::App& command, Invocation& invocation);
void define_pull(CLI::App& command, Invocation& invocation);
void define_push(CLI::App& command, Invocation& invocation);
void define_rename(CLI::App& command, Invocation& invocation);
void define_restart(CLI::App& command, Invocation& invocation);
void define_rm(CLI::App& command, Invocation& invocation);
void define_rmi(CLI::App& command, Invocation& invocation);
void define_run(CLI::App& command, Invocation& invocation);
void define_save(CLI::App& command, Invocation& invocation);
void define_search(CLI::App& command, Invocation& invocation);
void define_secret_create(CLI::App& command, Invocation& invocation);
void define_secret_exists(CLI::App& command, Invocation& invocation);
void define_secret_inspect(CLI::App& command, Invocation& invocation);
void define_secret_ls(CLI::App& command, Invocation& invocation);
void define_secret_rm(CLI::App& command, Invocation& invocation);
void define_start(CLI::App& command, Invocation& invocation);
void define_stats(CLI::App& command, Invocation& invocation);
void define_stop(CLI::App& command, Invocation& invocation);
void define_system_boot(CLI::App& command, Invocation& invocation);
void define_system_check(CLI::App& command, Invocation& invocation);
void define_system_df(CLI::App& command, Invocation& invocation);
void define_system_migrate(CLI::App& command, Invocation& invocation);
void define_system_renumber(CLI::App& command, Invocation& invocation);
void define_system_prune(CLI::App& command, Invocation& invocation);
void define_system_reset(CLI::App& command, Invocation& invocation);
void define_tag(CLI::App& command, Invocation& invocation);
void define_top(CLI::App& command, Invocation& invocation);
void define_unmount(CLI::App& command, Invocation& invocation);
void define_unpause(CLI::App& command, Invocation& invocation);
void define_untag(CLI::App& command, Invocation& invocation);
void define_update(CLI::App& command, Invocation& invocation);
void define_version(CLI::App& command, Invocation& invocation);
void define_volume_create(CLI::App& command, Invocation& invocation);
void define_volume_exists(CLI::App& command, Invocation& invocation);
void define_volume_export(CLI::App& command, Invocation& invocation);
void define_volume_import(CLI::App& command, Invocation& invocation);
void define_volume_inspect(CLI::App& command, Invocation& invocation);
void define_volume_ls(CLI::App& command, Invocation& invocation);
void define_volume_mount(CLI::App& command, Invocation& invocation);
void define_volume_prune(CLI::App& command, Invocation& invocation);
void define_volume_reload(CLI::App& command, Invocation& invocation);
void define_volume_rm(CLI::App& command, Invocation& invocation);
void define_volume_unmount(CLI::App& command, Invocation& invocation);
void define_wait(CLI::App& command, Invocation& invocation);
// clang-format on

}  // namespace skiff::cli
