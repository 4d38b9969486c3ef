#pragma once

#include <string>
#include <vector>

namespace skiff::cli {

/// `skiff __complete WORD...`: prints what the last word may become. Never fails: a shell's prompt is behind it.
int complete_words(const std::vector<std::string>& words);

}  // namespace skiff::cli
