#pragma once
/// Called by the name `docker`: what docker's command line shows otherwise than podman's, where scripts read it.
/// Source: docker's reference pages of ps, images, network ls, volume ls, inspect, info, version.

#include <string>
#include <string_view>

#include "cli/format/listing.h"

namespace skiff::libpod {
class Runtime;
}

namespace skiff::cli {

/// Whether a program of this path wants docker's words.
bool is_docker_name(std::string_view program);

/// "alpine:3" of "docker.io/library/alpine:3".
std::string familiar_name(std::string_view name);
/// The default network is called "bridge".
std::string docker_network_name(const libpod::Runtime& runtime, const std::string& name);

/// Rows as docker has them: an object of strings each. For the listing of ps.
void dress_containers(Listing& listing);
void dress_images(Listing& listing);
void dress_networks(const libpod::Runtime& runtime, Listing& listing);
void dress_volumes(Listing& listing);
/// One JSON object a line, and docker's columns.
ListingOptions docker_options(ListingOptions options);

/// The members of an inspected object that docker has otherwise: a container's Name begins with a slash, an image's ID with its
/// algorithm, names are familiar ones.
void dress_inspected(const libpod::Runtime& runtime, OrderedJson& document);

/// An inspected network with docker's members.
OrderedJson docker_network(const libpod::Runtime& runtime, const OrderedJson& network);

/// docker's members, beside those of `info`.
void add_docker_info(OrderedJson& info);

}  // namespace skiff::cli
