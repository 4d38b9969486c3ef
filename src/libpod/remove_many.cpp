#include <set>
#include <utility>
#include <vector>

#include "libpod/container_events.h"
#include "libpod/lifecycle.h"
#include "libpod/many.h"
#include "libpod/volume/step.h"
#include "state/intent.h"
#include "storage/container_storage.h"
#include "util/fault.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

/// A batch holds one lock descriptor for each container; the usual limit is 1024 descriptors.
constexpr std::size_t kBatch = 128;

bool is_at_rest(State state) { return state == State::Configured || state == State::Stopped; }

/// Removes containers that are at rest, that nothing needs and nobody works on: all the others one by one.
class BatchRemoval {
public:
    BatchRemoval(Runtime& runtime, const RemoveOptions& options, const Outcome& outcome)
        : runtime_{runtime}, options_{options}, outcome_{outcome}, needed_{needed_containers(runtime.db())} {}

    bool is_needed(const std::string& id) const { return needed_.contains(id); }

    void add(std::size_t index, Container& container) {
        if (is_needed(container.id())) {
            flush();  // what needs it may have been asked for before it
            return remove_alone({index, &container});
        }
        auto lock = is_at_rest(container.state().state)
                        ? state::FileLock::try_exclusive(runtime_.op_lock_path(container.id()))
                        : std::nullopt;
        // Waited for once no other lock is held.
        if (!lock) return others_.push_back({index, &container});
        lock->record_owner();
        members_.push_back({{index, &container}, std::move(*lock), {}});
        if (members_.size() == kBatch) flush();
    }

    void flush() {
        try {
            if (!members_.empty()) remove_members();
        } catch (const Error& error) {
            for (auto& member : members_) member.failure = error;
        }
        for (const auto& member : std::exchange(members_, {})) {
            outcome_(member.asked.index, member.failure ? &*member.failure : nullptr);
        }
        for (const auto& asked : std::exchange(others_, {})) remove_alone(asked);
    }

private:
    struct Asked {
        std::size_t index = 0;
        Container* container = nullptr;
    };
    struct Member {
        Asked asked;
        state::FileLock lock;
        std::optional<Error> failure;
    };

    void remove_alone(const Asked& asked) {
        try {
            asked.container->remove(options_);
            outcome_(asked.index, nullptr);
        } catch (const Error& error) {
            outcome_(asked.index, &error);
        }
    }

    void remove_members() {
        const auto global = runtime_.step_lock();
        std::vector<ContainerRow> rows = mark();
        if (rows.empty()) return;
        fault_point("intent:remove-many");
        clear_disk(rows);
        forget(rows);
    }

    /// The rows of the members, marked; those that are no longer at rest leave the batch.
    std::vector<ContainerRow> mark() {
        const auto& db = runtime_.db();
        state::Transaction transaction{db};
        needed_ = needed_containers(db);
        std::vector<ContainerRow> rows = rows_to_remove(rows_of_members());
        mark_removing(db, rows, options_.force ? "rm --force" : "rm");
        state::begin_intents(db, "container", ids_of(rows), "remove", options_.volumes ? R"({"volumes":true})" : "{}");
        transaction.commit();
        dismiss_others(rows);
        return rows;
    }

    std::vector<std::optional<ContainerRow>> rows_of_members() const {
        ContainerReader reader{runtime_.db()};
        std::vector<std::optional<ContainerRow>> found;
        for (const auto& member : members_) found.push_back(reader.read(member.asked.container->id()));
        return found;
    }

    /// What the database says under the lock decides.
    std::vector<ContainerRow> rows_to_remove(std::vector<std::optional<ContainerRow>> found) const {
        auto intents = runtime_.db().prepare("SELECT 1 FROM intent WHERE object_kind = 'container' AND object_id = ?");
        std::vector<ContainerRow> rows;
        for (auto& row : found) {
            intents.reset();
            if (!row || !is_at_rest(row->state.state) || is_needed(row->id) || intents.bind(row->id).step()) continue;
            rows.push_back(std::move(*row));
        }
        return rows;
    }

    void dismiss_others(const std::vector<ContainerRow>& rows) {
        std::set<std::string_view> staying;
        for (const auto& row : rows) staying.insert(row.id);
        std::vector<Member> members;
        for (auto& member : members_) {
            if (staying.contains(member.asked.container->id())) members.push_back(std::move(member));
            else others_.push_back(member.asked);
        }
        members_ = std::move(members);  // with the locks of the others
    }

    static std::vector<std::string> ids_of(const std::vector<ContainerRow>& rows) {
        std::vector<std::string> ids;
        for (const auto& row : rows) ids.push_back(row.id);
        return ids;
    }

    /// Afterwards `rows` has those of which nothing is left.
    void clear_disk(std::vector<ContainerRow>& rows) {
        std::vector<ContainerRow> released;
        std::vector<Member*> releasing;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            try {
                release_everything(runtime_, rows[i]);
                released.push_back(std::move(rows[i]));
                releasing.push_back(&members_[i]);
            } catch (const Error& error) {
                members_[i].failure = error;
            }
        }
        fault_point("remove-many:run-dirs");
        const auto failures = runtime_.container_storage().remove_all(ids_of(released));
        rows.clear();
        for (std::size_t i = 0; i < released.size(); ++i) {
            releasing[i]->failure = failures[i];
            if (!failures[i]) rows.push_back(std::move(released[i]));
        }
        fault_point("remove-many:storage");
    }

    /// Rows, then lock files, then intents: whoever dies in between leaves a word of what remains.
    void forget(const std::vector<ContainerRow>& rows) {
        std::vector<std::string> left_volumes;
        {
            state::Transaction transaction{runtime_.db()};
            for (const auto& row : rows) record_container_event(runtime_.db(), row.id, "remove");
            for (const auto& row : rows) {
                for (auto& name : part_from_volumes(runtime_, row.id, options_.volumes || row.state.removal_due)) left_volumes.push_back(std::move(name));
            }
            delete_containers(runtime_.db(), rows);
            transaction.commit();
        }
        fault_point("remove-many:recorded");
        settle_volumes(runtime_, left_volumes);
        for (auto& member : members_) {
            if (!member.failure) member.lock.unlink_and_release();
        }
        fault_point("remove-many:unlocked");
        state::Transaction transaction{runtime_.db()};
        state::finish_intents_of(runtime_.db(), "container", ids_of(rows));
        transaction.commit();
    }

    Runtime& runtime_;
    const RemoveOptions& options_;
    const Outcome& outcome_;
    std::set<std::string> needed_;
    std::vector<Member> members_;
    std::vector<Asked> others_;  ///< removed alone, after the members
};

/// What cannot be stopped is told by its removal.
void stop_those_that_run(std::span<Container* const> containers, const BatchRemoval& batch, const RemoveOptions& options) {
    std::vector<Container*> running;
    for (Container* container : containers) {
        const State state = container->state().state;
        if ((state == State::Running || state == State::Paused) && !batch.is_needed(container->id())) running.push_back(container);
    }
    stop_many(running, options.stop_timeout, [](std::size_t, const Error*) {});
}

}  // namespace

void remove_many(Runtime& runtime, std::span<Container* const> containers, const RemoveOptions& options, const Outcome& outcome) {
    BatchRemoval batch{runtime, options, outcome};
    if (options.force) stop_those_that_run(containers, batch, options);
    for (std::size_t i = 0; i < containers.size(); ++i) batch.add(i, *containers[i]);
    batch.flush();
}

}  // namespace skiff::libpod
