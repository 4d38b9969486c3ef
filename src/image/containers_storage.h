#pragma once
/// Images of podman, buildah and CRI-O, read out of their store (containers/storage). Nothing in it is changed or locked: what somebody
/// removes meanwhile is missed, and everything is verified by its digest.
///
/// Layers are not kept there as archives: each has its files, and a record of its archive's other bytes (tar-split), from which the
/// archive is put together again. Source: containers-storage.conf(5); containers-transports(5); tar-split's README.

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "image/offer.h"

namespace skiff::image {

class ContainersStorage {
public:
    virtual ~ContainersStorage() = default;
    /// The image that `name` means there: a name (completed as an image's here) or an ID or its beginning. It comes with its names, with layers
    /// uncompressed. Throws Error{NotFound}, Error{Ambiguous}, Error{Corrupt}. The store outlives the offer.
    virtual OfferedImage offer(const std::string& name) const = 0;
};

/// "DRIVER@ROOT" from "DRIVER@ROOT+RUNROOT:OPTIONS", of which anything may be missing: then it is what storage.conf says
/// ($CONTAINERS_STORAGE_CONF, /etc/containers, /usr/share/containers), else overlay below /var/lib/containers/storage. Throws
/// Error{Corrupt} for a malformed file.
std::string complete_store(std::string_view said, const std::map<std::string, std::string>& environment);

/// `store`: "DRIVER@ROOT". Throws Error{NotFound} when there is no such store, Error{Unsupported} for drivers other than overlay and vfs.
std::unique_ptr<ContainersStorage> open_containers_storage(std::string_view store);

}  // namespace skiff::image
