#pragma once
/// The WWW-Authenticate header. Source: RFC 9110, 11.6.1; distribution-spec, "Token Authentication Specification".

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace skiff::image::registry {

struct Challenge {
    std::string scheme;                             ///< lower case: "basic", "bearer"
    std::map<std::string, std::string> parameters;  ///< names in lower case

    std::string parameter(const std::string& name) const {
        const auto found = parameters.find(name);
        return found == parameters.end() ? std::string{} : found->second;
    }
};

/// All challenges of one header line. What cannot be read ends the list.
std::vector<Challenge> parse_challenges(std::string_view header);

/// The one to answer: bearer before basic; nullopt when neither is there.
std::optional<Challenge> choose_challenge(const std::vector<std::string>& headers);

}  // namespace skiff::image::registry
