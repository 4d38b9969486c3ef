#pragma once
/// The table's sets and maps, and their elements. Pure.
///
/// A concatenated key or value is its fields one after the other, each padded to four bytes.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "network/nft/ruleset.h"

namespace skiff::network::nft {

using Bytes = std::vector<std::uint8_t>;

struct Element {
    Bytes key;
    Bytes value;          ///< maps
    bool ends = false;    ///< intervals: the first address behind one
    std::string comment;
};

/// Makes every set that is missing.
void append_sets(Steps& steps, const std::string& table);
void append_empty_sets(Steps& steps, const std::string& table);
/// In messages of bounded size.
void append_elements(Steps& steps, const std::string& table, const std::string& set, const std::vector<Element>& elements);
void append_removed_elements(Steps& steps, const std::string& table, const std::string& set, const std::vector<Element>& elements);

Element link_element(std::string_view link);
/// Traffic that stays on one link.
Element same_link_element(std::string_view link);
std::vector<Element> prefix_elements(const IpPrefix& prefix);
Element dns_element(const DnsRule& rule, Protocol protocol);

/// The map that a published port belongs to, and what it holds for it.
struct PortElement {
    std::string map;
    Element element;
};
/// One for each family in which the port leads somewhere.
std::vector<PortElement> port_elements(std::string_view container_id, const PublishedPort& port);

}  // namespace skiff::network::nft
