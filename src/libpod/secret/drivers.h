#pragma once
/// Where the content of secrets is kept. Internal to secret.cpp.

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace skiff::libpod {

class SecretDriver {
public:
    virtual ~SecretDriver() = default;
    virtual void store(const std::string& id, std::string_view data) const = 0;
    virtual std::string load(const std::string& id) const = 0;
    /// Absence is fine.
    virtual void remove(const std::string& id) const = 0;
};

/// `directory` is the file driver's when its options name none. Throws Error{Invalid} for a driver or option that there is not,
/// naming those that there are.
std::unique_ptr<SecretDriver> make_secret_driver(const std::string& name, const std::map<std::string, std::string>& options,
                                                 const std::filesystem::path& directory);
/// The options as they are recorded: defaults filled in.
std::map<std::string, std::string> complete_driver_options(const std::string& name, std::map<std::string, std::string> options,
                                                           const std::filesystem::path& directory);

}  // namespace skiff::libpod
