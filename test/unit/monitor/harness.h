#pragma once
/// Starts monitors and clients from the driver program, with everything bounded in time.

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "oci/monitor/log_reader.h"
#include "oci/monitor/monitor.h"
#include "util/json.h"
#include "util/process.h"

namespace skiff::oci::monitor::test {

/// A directory of its own, removed at the end.
struct RunDir {
    fs::path path;
    explicit RunDir(const std::string& below = {});
    RunDir(const RunDir&) = delete;
    RunDir& operator=(const RunDir&) = delete;
    ~RunDir();

private:
    fs::path top_;
};

/// A driver process with its descriptors 0, 1, 2 and 3.
struct Driver {
    ChildProcess process;
    UniqueFd in;       ///< to its stdin
    UniqueFd out;      ///< from its stdout
    UniqueFd err;
    UniqueFd results;  ///< from its descriptor 3
    pid_t pid = -1;
};
/// `terminal`: a pty slave to be its descriptors 0 to 2 and controlling terminal; -1: pipes.
Driver start_driver(const std::vector<std::string>& arguments, int terminal = -1);

/// A monitor with its process. Waits at the gate until go().
class Monitored {
public:
    Monitored(const RunDir& dir, const Json& options, const std::vector<std::string>& program);
    ~Monitored();

    void go();
    pid_t pid() const noexcept { return pid_; }                        ///< of the process
    pid_t monitor_pid() const noexcept { return driver_.pid; }
    Driver attach(const Json& options = Json::object(), int terminal = -1) const;
    /// Waits for the monitor's own end and gives its exit status.
    int wait();
    void kill_monitor();

private:
    fs::path run_dir_;
    Driver driver_;
    pid_t pid_ = -1;
};

/// Bytes until end of file; fails the test after 20 s.
std::string read_to_end(int fd);
std::string read_line(int fd);
/// Until `condition`, at most 10 s.
template <typename Condition>
bool eventually(Condition condition) {
    for (int i = 0; i < 1000; ++i) {
        if (condition()) return true;
        ::usleep(10'000);
    }
    return false;
}

/// All of a log's text, stream by stream joined, partial records continued.
std::string log_text(const LogQuery& query);
Json log_options(const std::string& driver, const fs::path& path);
std::string driver_path();

}  // namespace skiff::oci::monitor::test
