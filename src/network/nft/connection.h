#pragma once
/// Talking to nf_tables: transactions, the generation of the ruleset, dumps. Belongs to the network namespace of whoever
/// makes it.

#include <cstdint>
#include <string>
#include <vector>

#include "network/netlink.h"
#include "network/nft/ruleset.h"
#include "util/error.h"

namespace skiff::network::nft {

/// A base chain, as far as it matters to others.
struct BaseChain {
    std::uint8_t family = 0;  ///< NFPROTO_INET, _IPV4, _IPV6 …
    std::string table;
    std::string name;
    std::uint32_t hook = 0;   ///< NF_INET_…
    bool drops = false;       ///< its policy
};

struct Chains {
    std::vector<BaseChain> base;
    std::vector<BaseChain> others;  ///< family, table and name only
};

/// A rule of somebody else, as far as it is understood.
struct ForeignRule {
    std::string chain;
    std::uint64_t handle = 0;
    std::string comment;
    std::vector<std::string> expressions;      ///< names, in order
    std::vector<std::vector<std::uint8_t>> compared;  ///< what cmp expressions compare with
    bool accepts = false, drops = false;       ///< its verdict; reject drops too
    std::string jumps_to;
};

class [[nodiscard]] Connection {
public:
    /// Throws Error{Unsupported} where the kernel has no nf_tables.
    Connection();

    /// Changes with every transaction in this namespace, whoever makes it.
    std::uint32_t generation();

    /// All steps or none. Throws SystemError with the errno of the first that failed and what it would have done.
    void commit(Steps steps);

    Chains chains();
    /// Of all chains of the table.
    std::vector<ForeignRule> rules(std::uint8_t family, const std::string& table);
    bool has_table(const std::string& table);

    /// Something was deleted through this socket: the kernel makes whoever closes it last wait for the rest of that work.
    bool has_deleted() const noexcept { return has_deleted_; }
    int fd() const noexcept { return socket_.fd(); }

private:
    void throw_failure(const Steps& steps, std::uint32_t first);
    NetlinkSocket socket_;
    bool has_deleted_ = false;
};

}  // namespace skiff::network::nft
