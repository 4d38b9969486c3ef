#pragma once
/// The packet filter as the networks and published ports want it: one nftables table of skiff's own.
///
/// Its content is a function of the database. The table is made anew, in one transaction, by whoever finds that the kernel's
/// ruleset has another generation than the one that was written down after skiff's last change (somebody flushed or loaded
/// rules) or that a bridge is missing; else a published port costs one element of a map.
///
/// Locks: each call takes RUNROOT/locks/nft (last in the order: nothing else is taken while it is held) and reads the rows
/// under it, so the caller must not have a Transaction open.
///
/// Beside the table: `ip_forward` is switched on when a network that is not internal is admitted, `route_localnet` for its
/// bridge; conntrack entries that would keep a connection at an address that changed its owner are deleted.

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/config.h"
#include "network/ports.h"
#include "state/database.h"

namespace skiff::network {

namespace nft {
class Connection;
struct Forgotten;
}

namespace fs = std::filesystem;

class Firewall {
public:
    Firewall(const state::Database& db, fs::path runroot);
    Firewall(const Firewall&) = delete;
    Firewall& operator=(const Firewall&) = delete;
    ~Firewall();

    /// Before a container is attached to a bridge network, its row being committed and its bridge up: rules for it are in
    /// force afterwards. Throws Error{Unsupported} where the kernel has no nf_tables.
    /// Gives back warnings: each names a foreign chain that drops the bridge's traffic and the command that mends it.
    std::vector<std::string> admit(const NetworkConfig& network);

    /// After a network's row was changed or deleted, or the last container left one: nothing when there is no table.
    void refresh();

    /// Makes everything anew (`network reload`; any command that finds the ruleset changed). Nothing when `only_if_changed`
    /// and the generation is the recorded one. Without a network in use the table goes.
    std::vector<std::string> remake(bool only_if_changed = false);

    /// Puts the container's rows (write_published) in force. Connections to a published UDP port are forgotten.
    void publish(std::string_view container_id);
    /// Takes the container's rows out of force and deletes them; absent is fine.
    void withdraw(std::string_view container_id);

    /// Conntrack entries from or to these addresses go: at attach and detach.
    void forget_connections(std::span<const IpAddress> addresses);

    /// What the kernel takes long for and nobody needs to wait for: conntrack entries that publish(), withdraw() and
    /// forget_connections() named are deleted, and a socket that deleted rules is closed (its closer waits a grace period of
    /// 14 ms for what the deletion left), both in a process of their own. Also at the end of this object.
    void finish() noexcept;

    /// The table goes, whatever is in it; nothing when none is recorded.
    void remove();

private:
    bool is_recorded() const;
    bool is_in_force();
    nft::Connection& connection();

    const state::Database& db_;
    fs::path runroot_;
    std::unique_ptr<nft::Connection> connection_;  ///< opened when it is needed
    std::unique_ptr<nft::Forgotten> forgotten_;    ///< for finish()
};

/// Queries to port 53 of `gateway` that come in over `bridge` go to `port` of the same address; 53 takes the redirection away.
/// For the DNS responder, which has no database: remake() does the same from dns::responder_port(). Nothing without a table.
void redirect_dns(const fs::path& runroot, const std::string& bridge, const IpAddress& gateway, std::uint16_t port);

}  // namespace skiff::network
