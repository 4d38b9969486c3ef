#include "cli/selection.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "cli/container_filter.h"
#include "cli/options.h"
#include "cli/report.h"
#include "libpod/runtime.h"
#include "util/files.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

void check_selection(const Selection& selection) {
    const bool named = !selection.names.empty() || !selection.cidfiles.empty();
    if (selection.all && named) throw Error{ErrorKind::Invalid, "--all takes no containers besides"};
    if (selection.latest && (named || selection.all)) throw Error{ErrorKind::Invalid, "--latest takes no containers besides"};
    if (!named && !selection.all && !selection.latest && selection.filters.empty()) {
        throw Error{ErrorKind::Invalid, "no container given", "name one, or use --all or --latest"};
    }
}

class Collector {
public:
    Collector(libpod::Runtime& runtime, const Selection& selection, Failures& failures)
        : runtime_{runtime}, selection_{selection}, failures_{failures} {}

    void add(const std::string& given) {
        try {
            libpod::Container container = runtime_.find(given);
            if (!seen_.insert(container.id()).second) return;
            targets_.push_back({given, std::move(container)});
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::NotFound && selection_.ignore) return;
            if (error.kind() != ErrorKind::NotFound || !runtime_.options().docker_names) throw;
            failures_.add(error);
        }
    }

    void add_id_file(const std::string& path) {
        std::string id;
        try {
            id = trim(read_file(path, /*limit_bytes=*/4096));
        } catch (const Error& error) {
            if (selection_.ignore && error.code() == ENOENT) return;
            throw error.in("reading --cidfile");
        }
        add(id);
    }

    void add_row(const libpod::ContainerRow& row) { targets_.push_back({row.id, libpod::Container{runtime_, row}}); }

    std::vector<Target> take() { return std::move(targets_); }

private:
    libpod::Runtime& runtime_;
    const Selection& selection_;
    Failures& failures_;
    std::vector<Target> targets_;
    std::set<std::string> seen_;
};

void add_matching(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted, Collector& collector) {
    const ContainerFilter filter{runtime, selection.filters};
    const auto named = [&](const libpod::ContainerRow& row) {
        return selection.names.empty() || std::ranges::any_of(selection.names, [&](const std::string& name) {
                   return row.name == name || row.id.starts_with(name);
               });
    };
    for (const libpod::ContainerRow& row : runtime.list()) {
        // A filter says which ones by itself; --all means those in a state that suits.
        if (selection.filters.empty() && !wanted(row.state.state)) continue;
        if (named(row) && filter.matches(row)) collector.add_row(row);
    }
}

}  // namespace

void add_latest(CLI::App& command, bool& latest) {
    add_flag(command, "-l,--latest", latest, "The container that was created last");
}

void add_selection(CLI::App& command, Selection& selection) {
    add_arguments(command, "CONTAINER", selection.names);
    add_latest(command, selection.latest);
}

void add_all(CLI::App& command, const std::string& names, Selection& selection, const std::string& what) {
    add_flag(command, names, selection.all, what);
}

void add_filters(CLI::App& command, Selection& selection) {
    add_list(command, "-f,--filter", selection.filters, "KEY=VALUE", "Containers that match");
}

void add_cidfiles(CLI::App& command, Selection& selection) {
    add_list(command, "--cidfile", selection.cidfiles, "FILE", "Read a container's ID from a file");
}

std::vector<Target> select(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted, Failures& failures) {
    check_selection(selection);
    Collector collector{runtime, selection, failures};
    if (selection.latest) {
        const libpod::Container latest = runtime.latest();
        collector.add_row(latest.row());
    } else if (selection.all || !selection.filters.empty()) {
        add_matching(runtime, selection, wanted, collector);
    } else {
        for (const std::string& name : selection.names) collector.add(name);
        for (const std::string& path : selection.cidfiles) collector.add_id_file(path);
    }
    return collector.take();
}

int for_each_target(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted,
                    const std::function<void(libpod::Container&)>& step) {
    Failures failures;
    std::vector<Target> targets = select(runtime, selection, wanted, failures);
    for (Target& target : targets) {
        if (failures.attempt([&] { step(target.container); })) print_line(target.given);
    }
    return failures.status();
}

int for_targets_together(libpod::Runtime& runtime, const Selection& selection, const Wanted& wanted, const WorkOnMany& work) {
    Failures failures;
    std::vector<Target> targets = select(runtime, selection, wanted, failures);
    std::vector<libpod::Container*> containers;
    for (Target& target : targets) containers.push_back(&target.container);
    work(containers, [&](std::size_t index, const Error* failure) {
        if (failure != nullptr) failures.add(*failure);
        else print_line(targets[index].given);
    });
    return failures.status();
}

libpod::Container find_one(libpod::Runtime& runtime, const std::string& name, bool latest) {
    if (latest && !name.empty()) throw Error{ErrorKind::Invalid, "--latest takes no container besides"};
    if (latest) return runtime.latest();
    if (name.empty()) throw Error{ErrorKind::Invalid, "no container given", "name one, or use --latest"};
    return runtime.find(name);
}

std::vector<libpod::Container> find_all(libpod::Runtime& runtime, const std::vector<std::string>& names, bool latest) {
    std::vector<libpod::Container> containers;
    if (names.empty() || latest) {
        containers.push_back(find_one(runtime, names.empty() ? std::string{} : names.front(), latest));
        return containers;
    }
    for (const std::string& name : names) containers.push_back(runtime.find(name));
    return containers;
}

}  // namespace skiff::cli
