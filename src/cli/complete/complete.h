#pragma once
/// Completion of a command line for bash, zsh and fish: `skiff __complete WORD...`, the last word being
/// the one under the cursor (perhaps empty). Prints `candidate[\tdescription]` lines and a last line
/// `:directive`. Never locks, waits or reports an error: a shell's prompt is behind it.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace skiff::cli {

/// What the shell does after the candidates.
enum class Directive {
    None,         ///< :none   the candidates are all there is
    NoSpace,      ///< :nospace  the word goes on (`--opt=`, `key=`)
    Files,        ///< :files  complete file names as well
    Directories,  ///< :dirs   complete directory names as well
};

struct Candidate {
    std::string word;
    std::string description;
};

struct Completion {
    std::vector<Candidate> candidates;
    Directive directive = Directive::None;
};

/// Which containers a command can act on.
enum class ContainerChoice { Any, Running, Paused, RunningOrPaused, Startable, NotRunning, Created };

/// Names from the database, opened read-only by the implementation. Each may return nothing; each is
/// called at most once a completion. An exception is taken as nothing.
class CompletionData {
public:
    virtual ~CompletionData() = default;
    /// Names, and full IDs with `with_ids`; the description is the image or the state.
    virtual std::vector<Candidate> containers(ContainerChoice choice, bool with_ids) = 0;
    /// name:tag of every tag, and full IDs with `with_ids`.
    virtual std::vector<Candidate> images(bool with_ids) = 0;
    /// Other names by type: "environment" (the caller's variables), "label" (keys in use), and objects such as
    /// "volume", "network", "pod".
    virtual std::vector<Candidate> names(std::string_view type) = 0;
};

/// The commands of the program, without registering them all.
class CommandIndex {
public:
    virtual ~CommandIndex() = default;
    struct Entry {
        std::string path;       ///< "run", "container prune"; a group has entries below it
        std::string canonical;  ///< of an alias: "rm" for "container rm"; else empty
        std::string summary;
        bool hidden = false;
        bool interspersed = true;  ///< false: options end at the first argument, the rest belongs to a program
    };
    /// Every command and group, any order.
    virtual const std::vector<Entry>& commands() = 0;
    /// Registers the options of `path` (empty: the global ones) on `app`.
    virtual void define(std::string_view path, CLI::App& app) = 0;
};

/// The candidates for the last of `words` (the program's own name is not among them).
Completion complete(const std::vector<std::string>& words, CommandIndex& commands, CompletionData& data);

/// The value of the global option `name` ("root") on the line that is completed; empty when it is not given.
std::string global_value(const std::vector<std::string>& words, CommandIndex& commands, std::string_view name);

/// The lines that `skiff __complete` prints.
std::string completion_output(const Completion& completion);

}  // namespace skiff::cli
