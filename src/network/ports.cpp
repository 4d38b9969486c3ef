#include "network/ports.h"

#include "util/error.h"
#include "util/text.h"

namespace skiff::network {
namespace {

std::optional<IpAddress> address_or_none(const std::optional<std::string>& text) {
    return text && !text->empty() ? IpAddress::parse(*text) : std::nullopt;
}
std::optional<std::string> text_or_none(const std::optional<IpAddress>& address) {
    return address ? std::optional{address->text()} : std::nullopt;
}
std::string host_text(const PublishedPort& port) { return port.host ? port.host->text() : std::string{}; }

constexpr std::string_view kColumns = "protocol, host_ip, host_port, container_port, target4, target6, container_id";

PublishedRow row_of(const state::Statement& statement) {
    const auto protocol = parse_protocol(statement.text(0));
    if (!protocol) throw Error{ErrorKind::Corrupt, concat("state database: the protocol ", quote(statement.text(0)), " of a port")};
    return {statement.text(6),
            {*protocol, address_or_none(statement.text(1)), static_cast<std::uint16_t>(statement.integer(2)),
             static_cast<std::uint16_t>(statement.integer(3)), address_or_none(statement.text_or_null(4)), address_or_none(statement.text_or_null(5))}};
}

std::string holder_of(const state::Database& db, const PublishedPort& port) {
    auto query = db.prepare(
        "SELECT coalesce(name.name, port.container_id) FROM port LEFT JOIN name ON name.container_id = port.container_id"
        " WHERE protocol = ? AND host_port = ? AND host_ip = ?");
    query.bind(protocol_name(port.protocol)).bind(static_cast<int>(port.host_port)).bind(host_text(port));
    return query.step() ? query.text(0) : std::string{};
}

void insert(const state::Database& db, std::string_view container_id, const PublishedPort& port) {
    const int rows = db.prepare(concat("INSERT INTO port (", kColumns, ") VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"))
                         .bind(protocol_name(port.protocol)).bind(host_text(port)).bind(static_cast<int>(port.host_port))
                         .bind(static_cast<int>(port.container_port)).bind(text_or_none(port.target4)).bind(text_or_none(port.target6))
                         .bind(container_id).run();
    if (rows == 1) return;
    throw Error{ErrorKind::InUse, concat("publishing ", host_port_text(port), ": the port is published by container ", quote(holder_of(db, port)))};
}

}  // namespace

std::string host_port_text(const PublishedPort& port) {
    const bool v6 = port.host && !port.host->is_v4();
    const std::string host = port.host ? port.host->text() : "0.0.0.0";
    return concat(v6 ? "[" : "", host, v6 ? "]" : "", ":", port.host_port, "/", protocol_name(port.protocol));
}

std::vector<PublishedPort> published_ports(const std::vector<PortMapping>& mappings, std::optional<IpAddress> target4,
                                           std::optional<IpAddress> target6) {
    std::vector<PublishedPort> out;
    for (const auto& mapping : mappings) {
        const auto host = address_or_none(mapping.host_ip);
        for (unsigned i = 0; i < mapping.range; ++i) {
            out.push_back({mapping.protocol, host, static_cast<std::uint16_t>(mapping.host_port + i),
                           static_cast<std::uint16_t>(mapping.container_port + i), target4, target6});
        }
    }
    return out;
}

void write_published(const state::Database& db, std::string_view container_id, const std::vector<PublishedPort>& ports) {
    forget_published(db, container_id);
    for (const auto& port : ports) insert(db, container_id, port);
}

void forget_published(const state::Database& db, std::string_view container_id) {
    db.prepare("DELETE FROM port WHERE container_id = ?").bind(container_id).run();
}

void forget_all_published(const state::Database& db) { db.execute("DELETE FROM port"); }

std::vector<PublishedPort> published_by(const state::Database& db, std::string_view container_id) {
    std::vector<PublishedPort> out;
    auto query = db.prepare(concat("SELECT ", kColumns, " FROM port WHERE container_id = ?"));
    query.bind(container_id);
    while (query.step()) out.push_back(row_of(query).port);
    return out;
}

std::vector<PublishedRow> all_published(const state::Database& db) {
    std::vector<PublishedRow> out;
    auto query = db.prepare(concat("SELECT ", kColumns, " FROM port"));
    while (query.step()) out.push_back(row_of(query));
    return out;
}

}  // namespace skiff::network
