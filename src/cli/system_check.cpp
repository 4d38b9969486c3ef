#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "state/database.h"
#include "storage/container_storage.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {

namespace {

struct CheckCall {
    bool quick = false, repair = false;
};

// Each finding is one line on standard output.
class Check {
public:
    Check(libpod::Runtime& runtime, const CheckCall& call) : runtime_{runtime}, call_{call} {}

    int run() {
        if (call_.repair) runtime_.repair();
        check_database();
        check_layers();
        check_containers();
        return found_ == 0 ? 0 : kEngineFailure;
    }

private:
    void report(const std::string& finding) {
        ++found_;
        print_line(finding);
    }

    void check_database() {
        state::Statement pages = runtime_.db().prepare(call_.quick ? "PRAGMA quick_check" : "PRAGMA integrity_check");
        while (pages.step()) {
            if (pages.text(0) != "ok") report(concat("database: ", pages.text(0)));
        }
        state::Statement links = runtime_.db().prepare("PRAGMA foreign_key_check");
        while (links.step()) report(concat("database: a row of ", links.text(0), " refers to a missing row of ", links.text(2)));
    }

    void check_layers() {
        state::Statement layers = runtime_.db().prepare("SELECT chain_id FROM layer ORDER BY chain_id");
        while (layers.step()) {
            const std::string hex = layers.text(0).substr(std::string_view{"sha256:"}.size());
            const auto directory = runtime_.options().root / "layers" / hex / "diff";
            if (::access(directory.c_str(), F_OK) != 0) report(concat("layer ", hex, ": its directory is missing"));
        }
    }

    void check_containers() {
        for (const libpod::ContainerRow& row : runtime_.list()) {
            if (row.state.state == libpod::State::Removing) continue;
            if (runtime_.container_storage().exists(row.id)) continue;
            report(concat("container ", row.name, " (", row.id.substr(0, 12), "): its directory is missing"));
        }
    }

    libpod::Runtime& runtime_;
    const CheckCall& call_;
    int found_ = 0;
};

}  // namespace

void define_system_check(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<CheckCall>();
    add_refused(command, "-f,--force", Takes::Nothing, "nothing is removed by a check; skiff rm and rmi do");
    add_refused(command, "-m,--max", Takes::Value, "nothing is removed by a check, whatever its age");
    add_flag(command, "-q,--quick", call->quick, "Leave out what takes long");
    add_flag(command, "-r,--repair", call->repair, "Finish or undo first what commands that died left behind");
    invocation.action = [call](libpod::Runtime& runtime) { return Check{runtime, *call}.run(); };
}

}  // namespace skiff::cli
