#include "libpod/parse/refuse.h"
#include "libpod/parse/values.h"
#include "util/csv.h"

namespace skiff::libpod {
namespace {

constexpr std::string_view kFlag = "--secret";
constexpr std::string_view kGrammar = "NAME[,type=mount|env][,target=…][,uid=…][,gid=…][,mode=…]";
constexpr const char* kDirectory = "/run/secrets";

std::uint32_t id_value(std::string_view whole, std::string_view value) {
    const auto number = parse_uint(value);
    if (!number || *number > 2147483647U) refuse(kFlag, whole, concat(quote(value), " is no ID"), kGrammar);
    return static_cast<std::uint32_t>(*number);
}

std::uint32_t mode_value(std::string_view whole, const std::string& value) {
    if (!consists_of(value, "01234567") || value.size() > 5) refuse(kFlag, whole, concat(quote(value), " is no mode"), "octal digits");
    return static_cast<std::uint32_t>(std::stoul(value, nullptr, 8));
}

void add_field(SecretConfig& secret, std::string_view whole, const std::string& field, bool& for_files) {
    const auto pair = split_once(field, '=');
    if (!pair || pair->second.empty()) refuse(kFlag, whole, concat(quote(field), " is not KEY=VALUE"), kGrammar);
    const auto& [key, value] = *pair;
    for_files = for_files || key == "uid" || key == "gid" || key == "mode";
    if (key == "source") secret.name = value;
    else if (key == "target") secret.target = value;
    else if (key == "uid") secret.uid = id_value(whole, value);
    else if (key == "gid") secret.gid = id_value(whole, value);
    else if (key == "mode") secret.mode = mode_value(whole, value);
    else if (key == "type" && (value == "env" || value == "mount")) secret.env = value == "env";
    else refuse(kFlag, whole, concat("unknown option ", quote(field)), kGrammar);
}

/// Below /run/secrets: a relative path, which is all of it; elsewhere: absolute.
std::string clean_target(const std::string& target) {
    if (target.starts_with('/')) return clean_absolute(kFlag, target);
    return clean_absolute(kFlag, concat(kDirectory, "/", target));
}

}  // namespace

SecretConfig parse_secret(std::string_view text) {
    const auto fields = in_context(kFlag, [&] { return split_csv(text); });
    SecretConfig secret;
    bool for_files = false;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        if (i == 0 && fields[i].find('=') == std::string::npos) secret.name = fields[i];
        else add_field(secret, text, fields[i], for_files);
    }
    if (secret.name.empty()) refuse(kFlag, text, "names no secret", kGrammar);
    if (secret.env && for_files) refuse(kFlag, text, "uid, gid and mode are for files", kGrammar);
    if (secret.target.empty()) secret.target = secret.name;
    if (secret.env && (secret.target.find('=') != std::string::npos || has_control_characters(secret.target))) refuse(kFlag, text, "is no variable", kGrammar);
    if (!secret.env) secret.target = clean_target(secret.target);
    return secret;
}

}  // namespace skiff::libpod
