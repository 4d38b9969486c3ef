#include "network/dns/view.h"

#include <algorithm>

#include "network/dns/responder.h"
#include "util/text.h"

namespace skiff::network::dns {
namespace {

Name canonical_name(const std::vector<std::string>& names) {
    for (const auto& name : names) {
        if (const auto whole = name_from_text(concat(name, ".", kDomain))) return lower_name(*whole);
    }
    return {};
}

std::vector<Name> names_of(const std::vector<std::string>& texts) {
    std::vector<Name> names;
    for (const auto& text : texts) {
        if (const auto name = name_from_text(text); name && name->size() > 1) names.push_back(lower_name(*name));
    }
    return names;
}

/// What is none is left out.
std::vector<IpAddress> parse_addresses(const std::vector<std::string>& texts) {
    std::vector<IpAddress> addresses;
    for (const auto& text : texts) {
        if (const auto address = IpAddress::parse(text)) addresses.push_back(*address);
    }
    return addresses;
}

}  // namespace

View::View(const Records& records)
    : bridge_{records.bridge},
      listen_{parse_addresses(records.listen)},
      servers_{parse_upstreams(records.servers)},
      host_addresses_{parse_addresses(records.host_addresses)},
      internal_{records.internal},
      port_{records.port} {
    for (const auto& text : records.subnets) {
        if (const auto prefix = IpPrefix::parse(text)) subnets_.push_back(*prefix);
    }
    for (const auto& member : records.members) add(member);
    std::sort(names_.begin(), names_.end());
    std::sort(addresses_.begin(), addresses_.end());
    names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
}

void View::add(const Member& member) {
    const auto index = static_cast<std::uint32_t>(members_.size());
    members_.push_back({member.id, canonical_name(member.names), parse_addresses(member.addresses), parse_upstreams(member.servers), member.also,
                        names_of(member.searches), member.outside});
    for (const auto& text : member.names) {
        if (const auto name = name_from_text(text)) names_.push_back({lower_name(*name), index});
    }
    for (const auto& address : members_.back().addresses) addresses_.push_back({address, index});
}

bool View::owns(const IpAddress& address) const {
    return std::any_of(subnets_.begin(), subnets_.end(), [&](const IpPrefix& prefix) { return prefix.contains(address); });
}

const View::MemberView* View::member_at(const IpAddress& address) const {
    const auto found = std::lower_bound(addresses_.begin(), addresses_.end(), AddressEntry{address, 0});
    return found != addresses_.end() && found->address == address ? &members_[found->member] : nullptr;
}

bool View::has_member(const std::string& id) const {
    return std::any_of(members_.begin(), members_.end(), [&](const MemberView& member) { return member.id == id; });
}

bool View::has_name(const Name& name) const {
    const auto found = std::lower_bound(names_.begin(), names_.end(), NameEntry{name, 0});
    return found != names_.end() && found->name == name;
}

std::vector<IpAddress> View::addresses_of(const Name& name) const {
    std::vector<IpAddress> out;
    for (auto at = std::lower_bound(names_.begin(), names_.end(), NameEntry{name, 0}); at != names_.end() && at->name == name; ++at) {
        const auto& addresses = members_[at->member].addresses;
        out.insert(out.end(), addresses.begin(), addresses.end());
    }
    return out;
}

}  // namespace skiff::network::dns
