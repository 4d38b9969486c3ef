#include "network/dns/records.h"

#include <algorithm>

#include "util/error.h"
#include "util/text.h"

namespace skiff::network::dns {
namespace {

constexpr std::string_view kFormat = "skiff-dns 1";

bool fits_a_line(std::string_view value) {
    return !value.empty() && std::all_of(value.begin(), value.end(), [](unsigned char c) { return c > ' ' && c != 0x7F; });
}

void put(std::string& out, std::string_view key, std::string_view value) {
    if (fits_a_line(value)) out.append(key).append(" ").append(value).append("\n");
}

void put_all(std::string& out, std::string_view key, const std::vector<std::string>& values) {
    for (const auto& value : values) put(out, key, value);
}

void put_member(std::string& out, const Member& member) {
    put(out, "member", member.id);
    put_all(out, "name", member.names);
    put_all(out, "address", member.addresses);
    put_all(out, "server", member.servers);
    put_all(out, "also", member.also);
    put_all(out, "search", member.searches);
    if (member.outside) out += "outside\n";
}

void take_for_member(Member& member, std::string_view key, std::string value) {
    if (key == "name") member.names.push_back(std::move(value));
    else if (key == "address") member.addresses.push_back(std::move(value));
    else if (key == "server") member.servers.push_back(std::move(value));
    else if (key == "also") member.also.push_back(std::move(value));
    else if (key == "search") member.searches.push_back(std::move(value));
    else if (key == "outside") member.outside = true;
}

void take_for_network(Records& records, std::string_view key, std::string value) {
    if (key == "network") records.network = std::move(value);
    else if (key == "bridge") records.bridge = std::move(value);
    else if (key == "listen") records.listen.push_back(std::move(value));
    else if (key == "subnet") records.subnets.push_back(std::move(value));
    else if (key == "internal") records.internal = true;
    else if (key == "server") records.servers.push_back(std::move(value));
    else if (key == "host") records.host_addresses.push_back(std::move(value));
    else if (key == "port") records.port = static_cast<std::uint16_t>(std::min<std::uint64_t>(parse_uint(value).value_or(0), 65535));
}

void take(Records& records, std::string_view line) {
    const auto blank = line.find(' ');
    const std::string_view key = line.substr(0, blank);
    std::string value{blank == std::string_view::npos ? std::string_view{} : line.substr(blank + 1)};
    if (key == "member") records.members.push_back({.id = std::move(value)});
    else if (records.members.empty()) take_for_network(records, key, std::move(value));
    else take_for_member(records.members.back(), key, std::move(value));
}

}  // namespace

std::string to_text(const Records& records) {
    std::string out = concat(kFormat, "\n");
    put(out, "network", records.network);
    put(out, "bridge", records.bridge);
    put_all(out, "listen", records.listen);
    put_all(out, "subnet", records.subnets);
    if (records.internal) out += "internal\n";
    put_all(out, "server", records.servers);
    put_all(out, "host", records.host_addresses);
    if (records.port != 0) put(out, "port", std::to_string(records.port));
    for (const auto& member : records.members) put_member(out, member);
    return out;
}

Records parse_records(std::string_view text) {
    if (text.size() > kMaxRecordsBytes) throw Error{ErrorKind::Corrupt, "DNS records: too long"};
    if (!text.starts_with(kFormat) || text.substr(kFormat.size(), 1) != "\n") throw Error{ErrorKind::Corrupt, "DNS records: not in the format 1"};
    text.remove_prefix(kFormat.size() + 1);
    Records records;
    while (!text.empty()) {
        const auto end = text.find('\n');
        take(records, text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return records;
}

fs::path records_directory(const fs::path& runroot, std::string_view network_id) { return runroot / "dns" / network_id; }

}  // namespace skiff::network::dns
