#pragma once
/// The content of a volume as a tar stream.

#include <functional>
#include <string>
#include <string_view>

namespace skiff::libpod {

class Runtime;

/// Mounts it meanwhile if that is what it is. Throws Error{NotFound}.
void export_volume(Runtime& runtime, const std::string& name, const std::function<void(std::string_view)>& sink);
/// Adds what the archive (compressed or not) at descriptor `tar` has, replacing files of the same name. It is unpacked apart
/// first: its names and links concern only that place. Throws Error{Corrupt} for what is no archive.
void import_volume(Runtime& runtime, const std::string& name, int tar);

}  // namespace skiff::libpod
