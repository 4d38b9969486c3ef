#pragma once
/// Forward chains of others (Docker, firewalld, ufw, the administrator) that drop what they do not know.
///
/// An accept is final only in its own base chain, so skiff's accept does not help there. Where the other one has a hook for
/// the administrator that survives (Docker's DOCKER-USER) two rules a bridge go into it, named by their comment; else the user
/// is told the one command. Source: nft(8), "Chains"; docs.docker.com, packet filtering; firewalld.zone(5); ufw(8).

#include <string>
#include <vector>

#include "network/nft/connection.h"

namespace skiff::network::nft {

struct ForeignPlan {
    Steps steps;                        ///< for the transaction that makes the table
    std::vector<std::string> warnings;  ///< what is dropped by whom, and the command
};

/// What has to happen so that the traffic of `bridges` passes; rules of ours in hooks that are needed no more go.
ForeignPlan pass_through(Connection& connection, const std::string& table, const std::vector<BridgeRules>& bridges);

}  // namespace skiff::network::nft
