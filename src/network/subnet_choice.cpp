#include "network/subnet_choice.h"

#include <algorithm>

#include "util/random.h"
#include "util/text.h"

namespace skiff::network {
namespace {

bool is_free(const IpPrefix& candidate, const std::vector<IpPrefix>& taken) {
    return std::none_of(taken.begin(), taken.end(), [&](const auto& other) { return other.overlaps(candidate); });
}

SubnetPool pool(const char* base, unsigned length) { return {*IpPrefix::parse(base), length}; }

}  // namespace

std::vector<SubnetPool> default_subnet_pools() {
    return {pool("10.89.0.0/16", 24), pool("10.90.0.0/15", 24),  pool("10.92.0.0/14", 24),   pool("10.96.0.0/11", 24),
            pool("10.128.0.0/9", 24), pool("172.16.0.0/12", 24), pool("192.168.0.0/16", 24)};
}

std::optional<IpPrefix> choose_subnet(const std::vector<SubnetPool>& pools, const std::vector<IpPrefix>& taken) {
    for (const auto& pool : pools) {
        const IpAddress last = pool.base.last();
        IpPrefix candidate{pool.base.first(), pool.length};
        while (true) {
            if (is_free(candidate, taken)) return candidate;
            const IpAddress next = candidate.last().plus(1);
            if (next > last || next < candidate.address) break;
            candidate.address = next;
        }
    }
    return std::nullopt;
}

IpPrefix random_subnet6(const std::vector<IpPrefix>& taken) {
    constexpr unsigned kLength = 64;
    while (true) {
        const std::string digits = random_hex(14);  // global ID and subnet ID
        const auto candidate = IpPrefix::parse(concat("fd", digits.substr(0, 2), ":", digits.substr(2, 4), ":", digits.substr(6, 4), ":",
                                                      digits.substr(10, 4), "::/", kLength));
        if (candidate && is_free(*candidate, taken)) return *candidate;
    }
}

IpAddress first_host(const IpPrefix& subnet) {
    const bool hosts_only = subnet.length + 1 >= subnet.address.bits();
    return hosts_only ? subnet.first() : subnet.first().plus(1);
}

}  // namespace skiff::network
