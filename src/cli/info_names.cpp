#include "cli/info_names.h"

#include <cctype>
#include <map>
#include <string>

namespace skiff::cli {

namespace {

std::string go_name(const std::string& key) {
    // What is more than a capital first letter.
    static const std::map<std::string, std::string> kNames = {
        {"apparmorEnabled", "AppArmorEnabled"}, {"cgroupVersion", "CgroupsVersion"}, {"cpus", "CPUs"},
        {"idMappings", "IDMappings"},           {"ociRuntime", "OCIRuntime"},        {"os", "OS"},
        {"seccompEnabled", "SECCOMPEnabled"},   {"selinuxEnabled", "SELinuxEnabled"}, {"gidmap", "GIDMap"},
        {"uidmap", "UIDMap"},
    };
    const auto found = kNames.find(key);
    if (found != kNames.end()) return found->second;
    std::string name = key;
    if (!name.empty()) name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return name;
}

}  // namespace

OrderedJson with_go_names(const OrderedJson& document) {
    if (document.is_array()) {
        OrderedJson list = OrderedJson::array();
        for (const OrderedJson& element : document) list.push_back(with_go_names(element));
        return list;
    }
    if (!document.is_object()) return document;
    OrderedJson object = OrderedJson::object();
    for (const auto& [key, value] : document.items()) object[go_name(key)] = with_go_names(value);
    return object;
}

}  // namespace skiff::cli
