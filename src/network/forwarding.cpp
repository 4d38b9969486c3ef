#include "network/forwarding.h"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/magic.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <sys/vfs.h>

#include "network/netlink.h"
#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::network {
namespace {

UniqueFd open_parameters() {
    UniqueFd directory = open_directory("/proc/sys/net");
    struct statfs info {};
    if (::fstatfs(directory.get(), &info) != 0) throw SystemError{errno, "/proc/sys/net"};
    if (info.f_type != PROC_SUPER_MAGIC) {
        throw Error{ErrorKind::Unsupported, "/proc/sys/net is not the kernel's: kernel parameters are not touched"};
    }
    return directory;
}

std::string read_parameter(int directory, const std::string& name) {
    const auto text = read_file_if_exists_at(directory, name, 4096);
    return text ? std::string{trim(*text)} : std::string{};
}

void write_parameter(int directory, const std::string& name, const std::string& value) {
    if (read_parameter(directory, name) == value) return;
    const UniqueFd file = open_at(directory, name, O_WRONLY);
    write_all(file.get(), value, concat("/proc/sys/net/", name));
}

/// Those that listen to routers now.
void keep_router_advertisements(int directory) {
    const UniqueFd links = open_directory_at(directory, "ipv6/conf");
    for (const auto& link : list_directory(links.get())) {
        if (link == "all" || link == "default" || link == "lo") continue;
        const std::string name = concat("ipv6/conf/", link, "/");
        const bool listens = read_parameter(directory, name + "accept_ra") == "1" && read_parameter(directory, name + "forwarding") == "0";
        if (listens) write_parameter(directory, name + "accept_ra", "2");
    }
}

}  // namespace

void set_network_parameter(const std::string& name, const std::string& value) { write_parameter(open_parameters().get(), name, value); }
std::string network_parameter(const std::string& name) { return read_parameter(open_parameters().get(), name); }

void forward_ipv4() { set_network_parameter("ipv4/ip_forward", "1"); }

void forward_ipv6() {
    const UniqueFd directory = open_parameters();
    constexpr const char* kForwarding = "ipv6/conf/all/forwarding";
    if (read_parameter(directory.get(), kForwarding) == "1") return;
    keep_router_advertisements(directory.get());
    write_parameter(directory.get(), kForwarding, "1");
}

void allow_loopback_routing(const std::string& link) { set_network_parameter(concat("ipv4/conf/", link, "/route_localnet"), "1"); }

void reflect_on(const std::string& link) {
    NetlinkSocket socket{NETLINK_ROUTE};
    ifinfomsg header{};
    header.ifi_family = AF_BRIDGE;
    header.ifi_index = static_cast<int>(::if_nametoindex(link.c_str()));
    if (header.ifi_index == 0) throw SystemError{errno, concat("looking for link ", quote(link))};
    NetlinkMessage message{RTM_SETLINK, 0};
    message.header(header).nest(IFLA_PROTINFO | NLA_F_NESTED, [](NetlinkMessage& port) { port.u8(IFLA_BRPORT_MODE, 1); });
    socket.request(std::move(message), concat("setting hairpin mode of ", link));
}

}  // namespace skiff::network
