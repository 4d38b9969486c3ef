#pragma once
/// The image config: OCI's document with Docker's additions. It says what a container of the image runs and
/// which layers it has. Everything in it is the image author's word, checked for its grammar here.
/// Source: image-spec, config.md; Docker image specification v1.2 and 1.3 (Healthcheck, Shell, OnBuild).

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "image/manifest.h"
#include "util/clock.h"
#include "util/digest.h"

namespace skiff::image {

inline constexpr std::size_t kConfigLimitBytes = 8U << 20;

/// Test is {"NONE"}, {"CMD", args…} or {"CMD-SHELL", command}; a zero time means "the default".
struct Healthcheck {
    std::vector<std::string> test;
    std::chrono::nanoseconds interval{0};
    std::chrono::nanoseconds timeout{0};
    std::chrono::nanoseconds start_period{0};
    std::chrono::nanoseconds start_interval{0};
    int retries = 0;
    bool operator==(const Healthcheck&) const = default;
};

struct HistoryEntry {
    std::optional<UnixNanos> created;
    std::string created_by;
    std::string author;
    std::string comment;
    bool empty_layer = false;
};

struct ImageConfig {
    std::optional<UnixNanos> created;
    std::string author;
    std::string comment;
    Platform platform;
    std::string docker_version;

    std::string user;
    std::vector<std::string> env;  ///< NAME=VALUE each, name not empty, no NUL
    std::vector<std::string> cmd;
    std::vector<std::string> entrypoint;
    std::string working_dir;               ///< as written; may be relative or hostile
    std::vector<std::string> volumes;      ///< paths in the container, sorted
    std::vector<std::string> exposed_ports;///< "80/tcp", sorted
    std::map<std::string, std::string> labels;
    std::string stop_signal;
    std::optional<Healthcheck> healthcheck;
    std::vector<std::string> shell;
    std::vector<std::string> on_build;

    std::vector<Digest> diff_ids;  ///< bottom first
    std::vector<HistoryEntry> history;
};

/// True for what EXPOSE takes: "80", "80/tcp", "8000-8010/udp".
bool is_port_text(std::string_view text);

/// Throws Error{Corrupt} naming the member that is wrong. `name` is for errors.
ImageConfig parse_config(std::string_view text, std::string_view name);
/// An OCI config document. What is empty is left out.
std::string write_config(const ImageConfig& config);

}  // namespace skiff::image
