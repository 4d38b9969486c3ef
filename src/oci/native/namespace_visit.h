#pragma once
/// Joining namespaces for the length of one clone: the child is born in them, the caller is back where it was.

#include <utility>
#include <vector>

#include "oci/native/spec.h"
#include "util/fd.h"

namespace skiff::oci::native {

class [[nodiscard]] NamespaceVisit {
public:
    NamespaceVisit() noexcept = default;
    NamespaceVisit(const NamespaceVisit&) = delete;
    NamespaceVisit& operator=(const NamespaceVisit&) = delete;
    ~NamespaceVisit() { leave(); }

    /// Joins by path. Throws SystemError naming it; what was joined before is left again.
    void join(const Namespace& entry);
    void join(int fd, int flag, std::string_view shown);
    /// A new time namespace for children, with these offsets.
    void make_time_namespace(const std::map<std::string, TimeOffset>& offsets);
    /// Back to the caller's own. Ends the process when that fails: nothing it did afterwards would be right.
    void leave() noexcept;

private:
    void remember(int flag);

    std::vector<std::pair<int, UniqueFd>> own_;
};

}  // namespace skiff::oci::native
