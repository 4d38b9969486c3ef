#pragma once
/// What a long-lived process of its own has to be: no terminal, no foreign descriptors, deaf to the signals of a
/// session, small, and not the first to go when memory runs out. The opposite before something else is executed.

#include <string>
#include <vector>

namespace skiff::oci::monitor {

class Background {
public:
    /// Closes every descriptor but `keep`, 0 to 2 become /dev/null, working directory /, name skiff-monitor.
    /// Ignored: HUP, INT, QUIT, TERM, PIPE (a monitor ends with its container only). Blocked: CHLD, for signalfd(2).
    explicit Background(std::vector<int> keep);

    /// Executes `command` as if none of this had been; comes back only on failure.
    void execute(const std::vector<std::string>& command) const noexcept;

private:
    std::string oom_score_adj_;  ///< the inherited one; empty when it was not changed
};

}  // namespace skiff::oci::monitor
