#include "network/store.h"

#include "util/error.h"
#include "util/json.h"
#include "util/text.h"

namespace skiff::network {
namespace {

constexpr std::string_view kNetworkColumns = "SELECT id, name, config, created_at FROM network ";
constexpr std::string_view kAttachmentColumns = "SELECT container_id, network_id, slot, config, endpoint FROM attachment ";

NetworkConfig network_of(const state::Statement& row) {
    NetworkConfig config = network_from_json(parse_json(row.text(2), "a network's config"));
    config.id = row.text(0);
    config.name = row.text(1);
    config.created_at = row.integer(3);
    return config;
}

/// Only a bridge that the engine makes is its own.
std::optional<std::string> own_bridge(const NetworkConfig& config) {
    const bool own = config.driver == Driver::Bridge && config.mode != "unmanaged";
    return own ? std::optional{config.interface} : std::nullopt;
}

std::optional<std::string> text_of(const std::optional<IpAddress>& address) {
    return address ? std::optional{address->text()} : std::nullopt;
}

std::optional<IpAddress> address_of(const Json& document, const char* key) {
    const std::string text = string_or(document, key);
    return text.empty() ? std::nullopt : IpAddress::parse(text);
}

Json to_json(const AttachmentConfig& config) {
    Json out = Json::object();
    if (!config.aliases.empty()) out["aliases"] = config.aliases;
    if (config.ip) out["ip"] = config.ip->text();
    if (config.ip6) out["ip6"] = config.ip6->text();
    if (config.mac) out["mac"] = config.mac->text();
    if (!config.interface_name.empty()) out["interface_name"] = config.interface_name;
    return out;
}

AttachmentConfig attachment_config_from(const Json& document) {
    AttachmentConfig config;
    config.aliases = strings_or_empty(document, "aliases");
    config.ip = address_of(document, "ip");
    config.ip6 = address_of(document, "ip6");
    config.mac = MacAddress::parse(string_or(document, "mac"));
    config.interface_name = string_or(document, "interface_name");
    return config;
}

std::vector<AttachmentRow> attachments(state::Statement rows) {
    std::vector<AttachmentRow> found;
    while (rows.step()) {
        AttachmentRow row{rows.text(0), rows.text(1), static_cast<unsigned>(rows.integer(2)),
                          attachment_config_from(parse_json(rows.text(3), "an attachment")), std::nullopt};
        if (!rows.is_null(4)) row.endpoint = endpoint_from_json(parse_json(rows.text(4), "an endpoint"));
        found.push_back(std::move(row));
    }
    return found;
}

std::optional<NetworkConfig> first_network(state::Statement rows) {
    return rows.step() ? std::optional{network_of(rows)} : std::nullopt;
}

void refuse_taken(const state::Database& db, const NetworkConfig& config) {
    auto taken = db.prepare("SELECT name FROM network WHERE id <> ? AND (name = ? OR bridge = ?)");
    taken.bind(config.id).bind(config.name).bind(own_bridge(config));
    if (!taken.step()) return;
    const std::string holder = taken.text(0);
    if (holder == config.name) throw Error{ErrorKind::Exists, concat("network name ", config.name, " already used: network already exists")};
    throw Error{ErrorKind::Exists, concat("bridge name ", quote(config.interface), " is in use by network ", quote(holder))};
}

}  // namespace

void insert_network(const state::Database& db, const NetworkConfig& config) {
    refuse_taken(db, config);
    db.prepare("INSERT INTO network (id, name, bridge, config, created_at) VALUES (?,?,?,?,?)")
        .bind(config.id)
        .bind(config.name)
        .bind(own_bridge(config))
        .bind(dump(to_json(config)))
        .bind(config.created_at)
        .run();
}

void update_network(const state::Database& db, const NetworkConfig& config) {
    refuse_taken(db, config);
    db.prepare("UPDATE network SET bridge = ?, config = ? WHERE id = ?").bind(own_bridge(config)).bind(dump(to_json(config))).bind(config.id).run();
}

void delete_network(const state::Database& db, std::string_view id) { db.prepare("DELETE FROM network WHERE id = ?").bind(id).run(); }

std::optional<NetworkConfig> read_network(const state::Database& db, std::string_view id) {
    auto rows = db.prepare(concat(kNetworkColumns, "WHERE id = ?"));
    rows.bind(id);
    return first_network(std::move(rows));
}

std::optional<NetworkConfig> read_network_by_name(const state::Database& db, std::string_view name) {
    auto rows = db.prepare(concat(kNetworkColumns, "WHERE name = ?"));
    rows.bind(name);
    return first_network(std::move(rows));
}

std::vector<NetworkConfig> read_all_networks(const state::Database& db) {
    auto rows = db.prepare(concat(kNetworkColumns, "ORDER BY name"));
    std::vector<NetworkConfig> found;
    while (rows.step()) found.push_back(network_of(rows));
    return found;
}

NetworkConfig find_network(const state::Database& db, std::string_view name_or_id) {
    if (auto named = read_network_by_name(db, name_or_id)) return *named;
    const bool may_be_id = is_hex(name_or_id) && name_or_id.size() <= 64;
    auto rows = db.prepare(concat(kNetworkColumns, "WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2"));
    rows.bind(name_or_id);
    if (!may_be_id || !rows.step()) {
        throw Error{ErrorKind::NotFound, concat("unable to find network with name or ID ", name_or_id, ": network not found")};
    }
    NetworkConfig found = network_of(rows);
    if (rows.step()) {
        throw Error{ErrorKind::Ambiguous, concat("more than one result for network ID prefix ", quote(name_or_id)), "give more digits or the name"};
    }
    return found;
}

void insert_attachment(const state::Database& db, const AttachmentRow& row) {
    db.prepare("INSERT INTO attachment (container_id, network_id, slot, config, static_ip, static_ip6) VALUES (?,?,?,?,?,?)")
        .bind(row.container_id)
        .bind(row.network_id)
        .bind(static_cast<std::int64_t>(row.slot))
        .bind(dump(to_json(row.config)))
        .bind(text_of(row.config.ip))
        .bind(text_of(row.config.ip6))
        .run();
}

void delete_attachment(const state::Database& db, std::string_view container_id, std::string_view network_id) {
    db.prepare("DELETE FROM lease WHERE container_id = ? AND network_id = ?").bind(container_id).bind(network_id).run();
    db.prepare("DELETE FROM attachment WHERE container_id = ? AND network_id = ?").bind(container_id).bind(network_id).run();
}

std::vector<AttachmentRow> attachments_of(const state::Database& db, std::string_view container_id) {
    auto rows = db.prepare(concat(kAttachmentColumns, "WHERE container_id = ? ORDER BY slot"));
    rows.bind(container_id);
    return attachments(std::move(rows));
}

std::vector<AttachmentRow> members_of(const state::Database& db, std::string_view network_id) {
    auto rows = db.prepare(concat(kAttachmentColumns, "WHERE network_id = ? ORDER BY container_id"));
    rows.bind(network_id);
    return attachments(std::move(rows));
}

void set_endpoint(const state::Database& db, const Endpoint& endpoint) {
    db.prepare("UPDATE attachment SET endpoint = ? WHERE container_id = ? AND network_id = ?")
        .bind(dump(to_json(endpoint)))
        .bind(endpoint.container_id)
        .bind(endpoint.network_id)
        .run();
}

void clear_endpoint(const state::Database& db, std::string_view container_id, std::string_view network_id) {
    db.prepare("UPDATE attachment SET endpoint = NULL WHERE container_id = ? AND network_id = ?").bind(container_id).bind(network_id).run();
}

void forget_endpoints(const state::Database& db) {
    db.execute("UPDATE attachment SET endpoint = NULL WHERE endpoint IS NOT NULL");
    db.execute("DELETE FROM lease");
}

}  // namespace skiff::network
