#include "image/registry/registry_warnings.h"

#include "util/log.h"
#include "util/text.h"

namespace skiff::image::registry {
namespace {

constexpr std::size_t kWarningsLimitBytes = 4096;
constexpr std::string_view kWarningHead = "299 - \"";

}  // namespace

std::string warning_text(std::string_view value) {
    if (!value.starts_with(kWarningHead)) return {};
    std::string text;
    for (std::size_t i = kWarningHead.size(); i < value.size(); ++i) {
        if (value[i] == '"') return text;
        if (value[i] == '\\' && i + 1 < value.size()) ++i;  // RFC 7230, 3.2.6: quoted-pair
        text.push_back(value[i]);
    }
    return {};
}

void RegistryWarnings::show(const std::string& host, const HttpResponse& response) {
    const auto found = response.headers.find("warning");
    if (found == response.headers.end()) return;
    const std::scoped_lock lock{mutex_};
    for (const auto& value : found->second) {
        const auto text = warning_text(value);
        if (text.empty() || bytes_ + text.size() > kWarningsLimitBytes || !shown_.insert(text).second) continue;
        bytes_ += text.size();
        log::warn(concat("registry ", host, " says ", quote(text)));
    }
}

}  // namespace skiff::image::registry
