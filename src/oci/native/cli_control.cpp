#include <regex.h>
#include <signal.h>

#include <optional>

#include "oci/native/cli_command.h"
#include "oci/native/cli_notify.h"
#include "oci/native/errors.h"
#include "oci/native/factory.h"
#include "util/signals.h"
#include "util/text.h"

namespace skiff::oci::native {
namespace {

constexpr OptionSpec kRegex = {"regex", 'r', false, "the ID is an extended regular expression: all containers whose ID it matches"};

/// The container of that ID, or with --regex all that match.
Words chosen(const Options& options, const Factory& factory, const std::string& word) {
    if (!options.has("regex")) return {word};
    regex_t expression;
    if (::regcomp(&expression, word.c_str(), REG_EXTENDED | REG_NOSUB) != 0) throw Error{ErrorKind::Invalid, concat("not a regular expression: ", quote(word))};
    Words ids = factory.list();
    std::erase_if(ids, [&](const std::string& id) { return ::regexec(&expression, id.c_str(), 0, nullptr, 0) != 0; });
    ::regfree(&expression);
    return ids;
}

/// 0 asks whether init is there. Source: kill(2).
int signal_of(const std::string& word) {
    const auto signal = word == "0" ? std::optional{0} : parse_signal(word);
    if (!signal) throw Error{ErrorKind::Invalid, concat("unknown signal ", quote(word))};
    return *signal;
}

}  // namespace

namespace command {

int start(const Globals& globals, const Words& words) {
    const Options options{{}, words, true};
    const std::string id = only_operand(options);
    Container container = Factory{globals.root}.load(id);
    NotifyRelay relay{fs::path{globals.root} / id};
    container.start();
    if (relay) relay.until_ready(container.record().init);
    return 0;
}

int kill(const Globals& globals, const Words& words) {
    const Options options{{{"all", 'a', false, "signal every process of the container"}, kRegex}, words, true};
    const Words& operands = options.operands();
    if (operands.empty() || operands.size() > 2) throw Error{ErrorKind::Invalid, "expected a container ID and a signal"};
    const int signal = signal_of(operands.size() == 2 ? operands[1] : "SIGTERM");
    const Factory factory{globals.root};
    for (const std::string& id : chosen(options, factory, operands[0])) factory.load(id).kill(signal, options.has("all"));
    return 0;
}

int remove(const Globals& globals, const Words& words) {
    const Options options{{{"force", 'f', false, "kill it first; absent is fine"}, kRegex}, words, true};
    Factory factory{globals.root};
    for (const std::string& id : chosen(options, factory, only_operand(options))) {
        try {
            factory.remove(id, options.has("force"));
        } catch (const NotExists&) {
            if (!options.has("force")) throw;
        }
    }
    return 0;
}

int pause(const Globals& globals, const Words& words) {
    Factory{globals.root}.load(only_operand(Options{{}, words, true})).pause();
    return 0;
}

int resume(const Globals& globals, const Words& words) {
    Factory{globals.root}.load(only_operand(Options{{}, words, true})).resume();
    return 0;
}

}  // namespace command

}  // namespace skiff::oci::native
