#include <unistd.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "cli/report.h"
#include "image/image_store.h"
#include "libpod/runtime.h"
#include "state/database.h"
#include "storage/blob_store.h"
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
        check_blobs();
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

    std::vector<Digest> digests(const char* sql) const {
        state::Statement query = runtime_.db().prepare(sql);
        std::vector<Digest> found;
        while (query.step()) found.push_back(Digest::parse(query.text(0)));
        return found;
    }

    /// A damaged blob is dropped by --repair: its layer stays usable, and is only not pushed or saved any more.
    void check_blobs() {
        const storage::BlobStore blobs{runtime_.options().root, runtime_.db()};
        for (const auto& digest : digests("SELECT digest FROM blob ORDER BY digest")) {
            const bool there = ::access(blobs.path_of(digest).c_str(), F_OK) == 0;
            if (there && (call_.quick || blobs.intact(digest))) continue;
            if (call_.repair) blobs.remove({digest});
            report(concat("blob ", digest.hex(), there ? ": its content is not what its name says" : ": its file is missing", call_.repair ? ", dropped" : ""));
        }
        if (call_.repair) blobs.sweep();
    }

    /// A layer whose directory is gone is unpacked again by --repair, lower ones first.
    void check_layers() {
        const auto& layers = runtime_.images().layers();
        for (const auto& chain_id : digests("SELECT chain_id FROM layer ORDER BY created_at, chain_id")) {
            const auto layer = layers.find(chain_id);
            if (!layer || ::access(layers.diff_path(*layer).c_str(), F_OK) == 0) continue;
            report(concat("layer ", chain_id.hex(), ": its directory is missing", call_.repair ? restored(*layer) : ""));
        }
        if (call_.repair) layers.sweep();
    }
    std::string restored(const storage::Layer& layer) const {
        try {
            const auto again = runtime_.images().layers().restore(layer);
            return ", unpacked again";
        } catch (const Error& error) {
            return concat(", and stays so: ", error.what());
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
