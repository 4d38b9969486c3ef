#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

#include "cli/complete/complete.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::cli;

namespace {

const std::string kId = "0b09097e4bf2" + std::string(52, 'a');

class Commands : public CommandIndex {
public:
    const std::vector<Entry>& commands() override { return entries_; }
    void define(std::string_view path, CLI::App& app) override {
        defined.emplace_back(path);
        const auto value = [&](const char* names) { app.add_option(names, values_)->allow_extra_args(false); };
        if (path.empty()) value("--root"), value("--log-level"), app.add_flag("-v,--version");
        if (path == "run") {
            app.add_flag("-i,--interactive"), app.add_flag("-t,--tty"), app.add_flag("--rootfs"), app.add_flag("--sig-proxy");
            value("--name"), value("--cap-add"), value("-v,--volume"), value("--network,--net"), value("--env-file"), value("--restart");
            app.add_option("--gone", values_, "Refused: for the test");
        }
        if (path == "ps") value("-f,--filter"), value("--format");
        if (path == "kill") value("-s,--signal");
        if (path == "stop") app.add_flag("-a,--all");
    }
    std::vector<std::string> defined;

private:
    std::vector<Entry> entries_{
        {"run", "", "create and start", false, false}, {"ps", "", "list", false, true},           {"stop", "", "stop", false, true},
        {"kill", "", "kill", false, true},             {"inspect", "", "inspect", false, true},   {"start", "", "start", false, true},
        {"container", "", "containers", false, true},  {"container prune", "", "", false, true},  {"container exists", "", "", false, true},
        {"exec", "", "exec", false, false},            {"cp", "", "copy", false, true},           {"__complete", "", "", true, true},
        {"rmi", "", "remove", false, true},            {"load", "", "load", false, true},         {"help", "", "help", false, true},
        {"container kill", "kill", "kill", false, true},
    };
    std::vector<std::string> values_;
};

class Data : public CompletionData {
public:
    std::vector<Candidate> containers(ContainerChoice choice, bool with_ids) override {
        if (broken) throw std::runtime_error("database is gone");
        std::vector<Candidate> out;
        if (choice == ContainerChoice::Any || choice == ContainerChoice::Running || choice == ContainerChoice::RunningOrPaused) {
            out.push_back({"web", "running"});
            out.push_back({"webdb", "running"});
        }
        if (choice == ContainerChoice::Any || choice == ContainerChoice::Startable) out.push_back({"old", "exited\nnow"});
        if (with_ids) out.push_back({kId, "web"});
        return out;
    }
    std::vector<Candidate> images(bool) override { return {{"localhost/busy:latest", ""}, {"debian:12", ""}}; }
    std::vector<Candidate> names(std::string_view type) override {
        if (type == "label") return {{"maintainer", ""}};
        return {};
    }
    bool broken = false;
};

struct Line {
    Commands commands;
    Data data;
    /// The candidates for `words`, each with a space behind, and the directive.
    std::string operator()(const std::vector<std::string>& words) {
        std::string out;
        const Completion completion = complete(words, commands, data);
        for (const auto& candidate : completion.candidates) out += candidate.word + " ";
        return out + std::vector<std::string>{"", ":nospace", ":files", ":dirs"}[static_cast<std::size_t>(completion.directive)];
    }
};

}  // namespace

TEST_CASE("complete: commands and groups") {
    Line line;
    CHECK_EQ(line({"r"}), "rmi run ");
    CHECK_EQ(line({""}), "container cp exec help inspect kill load ps rmi run start stop ");
    CHECK_EQ(line({"container", ""}), "exists kill prune ");
    CHECK_EQ(line({"--root", "/x", "ki"}), "kill ");
    CHECK_EQ(line({"--root=/x", "-v", "ki"}), "kill ");
    CHECK_EQ(line({"help", "sto"}), "stop ");
    CHECK_EQ(line({"nonsense", ""}), "");
    CHECK_EQ(line({"--log-level", "de"}), "debug ");
    CHECK_EQ(line({"--root", ""}), ":dirs");
    CHECK_EQ(line({"--r"}), "--root ");
    CHECK_EQ(line({}), "");
}

TEST_CASE("complete: only the named command is defined") {
    Line line;
    line({"stop", ""});
    CHECK_EQ(line.commands.defined, std::vector<std::string>{"", "stop"});
}

TEST_CASE("complete: names of options") {
    Line line;
    CHECK_EQ(line({"run", "--ne"}), "--network ");
    CHECK_EQ(line({"run", "--na"}), "--name ");
    CHECK_EQ(line({"run", "--go"}), "");
    CHECK_EQ(line({"run", "-i"}), "-i -it -iv ");
    CHECK_EQ(line({"run", "-it"}), "-it -itv ");
    CHECK_EQ(line({"run", "-z"}), "");
    CHECK_EQ(line({"stop", "-"}), "-a --all --help ");
    CHECK_EQ(line({"run", "image", "--na"}), "");
    CHECK_EQ(line({"stop", "web", "--a"}), "--all ");
    CHECK_EQ(line({"stop", "--", "-"}), "");
}

TEST_CASE("complete: values of options") {
    Line line;
    CHECK_EQ(line({"run", "--cap-add", "NET_A"}), "NET_ADMIN ");
    CHECK_EQ(line({"run", "--cap-add=NET_A"}), "--cap-add=NET_ADMIN ");
    CHECK_EQ(line({"run", "--cap-add", "KILL,CAP_NET_A"}), "KILL,CAP_NET_ADMIN ");
    CHECK_EQ(line({"run", "--sig-proxy="}), "--sig-proxy=false --sig-proxy=true ");
    CHECK_EQ(line({"run", "--network", "con"}), "container: :nospace");
    CHECK_EQ(line({"run", "--net", "container:w"}), "container:web container:webdb ");
    CHECK_EQ(line({"run", "--env-file", "x"}), ":files");
    CHECK_EQ(line({"run", "-itv", "/x:/y:r"}), "/x:/y:ro /x:/y:rprivate /x:/y:rshared /x:/y:rslave /x:/y:rw ");
    CHECK_EQ(line({"run", "--name", "w"}), "");
    CHECK_EQ(line({"kill", "-sUS"}), "-sUSR1 -sUSR2 ");
    CHECK_EQ(line({"kill", "-s", "SIGUS"}), "SIGUSR1 SIGUSR2 ");
    CHECK_EQ(line({"run", "--restart", "on"}), "on-failure on-failure: ");
    CHECK_EQ(line({"ps", "--log-level", "de"}), "debug ");
}

TEST_CASE("complete: filters and formats") {
    Line line;
    CHECK_EQ(line({"ps", "--filter", "st"}), "status= :nospace");
    CHECK_EQ(line({"ps", "--filter", "status=ru"}), "status=running ");
    CHECK_EQ(line({"ps", "-f", "ancestor=de"}), "ancestor=debian:12 ");
    CHECK_EQ(line({"ps", "--filter=label=ma"}), "--filter=label=maintainer ");
    CHECK_EQ(line({"ps", "--filter", "nonsense=x"}), "");
    CHECK_EQ(line({"ps", "--format", "{{.Na"}), "{{.Names}} ");
    CHECK_EQ(line({"ps", "--format", "table {{.ID}} {{.Stat"}), "table {{.ID}} {{.State}} table {{.ID}} {{.Status}} ");
    CHECK_EQ(line({"ps", "--format", "j"}), "json ");
}

TEST_CASE("complete: arguments") {
    Line line;
    CHECK_EQ(line({"stop", "w"}), "web webdb ");
    CHECK_EQ(line({"stop", "web", ""}), "webdb ");
    CHECK_EQ(line({"start", ""}), "old ");
    CHECK_EQ(line({"exec", ""}), "web webdb ");
    CHECK_EQ(line({"exec", "web", ""}), "");
    CHECK_EQ(line({"run", "-it", "de"}), "debian:12 ");
    CHECK_EQ(line({"run", "--name", "x", "de"}), "debian:12 ");
    CHECK_EQ(line({"run", "--rootfs", ""}), ":dirs");
    CHECK_EQ(line({"inspect", "0b09"}), "0b09097e4bf2 ");
    CHECK_EQ(line({"inspect", "0b09097e4bf2a"}), kId + " ");
    CHECK_EQ(line({"inspect", ""}), "web webdb old localhost/busy:latest debian:12 ");
    CHECK_EQ(line({"cp", "w"}), "web: webdb: :nospace");
    CHECK_EQ(line({"cp", "/et"}), ":files");
    CHECK_EQ(line({"ps", ""}), "");
}

TEST_CASE("complete: an alias is its command") {
    Line line;
    CHECK_EQ(line({"container", "kill", "w"}), "web webdb ");
    CHECK_EQ(line({"container", "kill", "--si"}), "--signal ");
    CHECK_EQ(line.commands.defined.back(), "kill");
}

TEST_CASE("complete: the value of a global option on the line") {
    Commands commands;
    CHECK_EQ(global_value({"--root", "/x", "ps", ""}, commands, "root"), "/x");
    CHECK_EQ(global_value({"--log-level=debug", "--root=/y", "ps", ""}, commands, "root"), "/y");
    CHECK_EQ(global_value({"ps", "--root", "/z", ""}, commands, "root"), "/z");
    CHECK_EQ(global_value({"ps", ""}, commands, "root"), "");
    CHECK_EQ(global_value({""}, commands, "root"), "");
}

TEST_CASE("complete: a broken database is silence") {
    Line line;
    line.data.broken = true;
    CHECK_EQ(line({"stop", "w"}), "");
    CHECK_EQ(line({"inspect", "de"}), "debian:12 ");
}

TEST_CASE("complete: output") {
    Completion completion;
    completion.candidates = {{"web", "running"}, {"x\ny", "a\tb"}, {"plain", ""}};
    completion.directive = Directive::NoSpace;
    CHECK_EQ(completion_output(completion), "web\trunning\nx y\ta b\nplain\n:nospace\n");
    CHECK_EQ(completion_output({}), ":none\n");
    completion.directive = Directive::Files;
    CHECK(completion_output(completion).ends_with(":files\n"));
    completion.directive = Directive::Directories;
    CHECK(completion_output(completion).ends_with(":dirs\n"));
}
