#include "cli/completion_data.h"

#include <unistd.h>

#include <optional>

#include "state/database.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::cli {
namespace {

/// States as the database has them. What has died without being settled is offered as running: one look at each process
/// would cost more than a wrong word.
std::string_view states_of(ContainerChoice choice) {
    switch (choice) {
        case ContainerChoice::Any: return "";
        case ContainerChoice::Running: return "WHERE s.state IN ('running')";
        case ContainerChoice::Paused: return "WHERE s.state IN ('paused')";
        case ContainerChoice::RunningOrPaused: return "WHERE s.state IN ('running', 'paused')";
        case ContainerChoice::Startable: return "WHERE s.state IN ('configured', 'created', 'stopped')";
        case ContainerChoice::NotRunning: return "WHERE s.state NOT IN ('running', 'paused', 'stopping')";
        case ContainerChoice::Created: return "WHERE s.state IN ('configured', 'created')";
    }
    return "";
}

class DatabaseNames : public CompletionData {
public:
    explicit DatabaseNames(const std::filesystem::path& root) {
        const auto file = root / "skiff.db";
        if (::access(file.c_str(), R_OK) == 0) db_.emplace(file, state::Database::Access::ReadOnly);
    }

    std::vector<Candidate> containers(ContainerChoice choice, bool with_ids) override {
        std::vector<Candidate> found;
        if (!db_) return found;
        // The image's first name, not the one in the config: reading every config would take twice the time.
        auto rows = db_->prepare(concat("SELECT n.name, s.id, s.state, coalesce((SELECT min(i.name) FROM image_name i WHERE i.image_id = "
                                        "c.image_id), '') FROM container_state s JOIN container c ON c.id = s.id JOIN name n ON "
                                        "n.container_id = s.id ",
                                        states_of(choice)));
        while (rows.step()) {
            const std::string about = rows.text(3).empty() ? rows.text(2) : concat(rows.text(2), ", ", rows.text(3));
            found.push_back({rows.text(0), about});
            if (with_ids) found.push_back({rows.text(1), concat(rows.text(0), ", ", about)});
        }
        return found;
    }

    std::vector<Candidate> images(bool with_ids) override {
        std::vector<Candidate> found;
        if (!db_) return found;
        auto names = db_->prepare("SELECT name FROM image_name ORDER BY name");
        while (names.step()) found.push_back({names.text(0), {}});
        if (!with_ids) return found;
        auto ids = db_->prepare("SELECT i.id, coalesce((SELECT min(name) FROM image_name WHERE image_id = i.id), '') FROM image i");
        while (ids.step()) found.push_back({ids.text(0), ids.text(1)});
        return found;
    }

    std::vector<Candidate> names(std::string_view type) override {
        std::vector<Candidate> found;
        if (db_ && type == "network") return networks();
        if (db_ && (type == "volume" || type == "secret")) {
            auto rows = db_->prepare(type == "volume" ? "SELECT name FROM volume ORDER BY anonymous, name" : "SELECT name FROM secret WHERE stored = 1 ORDER BY name");
            while (rows.step()) found.push_back({rows.text(0), {}});
            return found;
        }
        const char* query = query_for(type);
        if (!db_ || query == nullptr) return found;
        auto rows = db_->prepare(query);
        while (rows.step()) found.push_back({rows.text(0), {}});
        return found;
    }

private:
    std::vector<Candidate> networks() const {
        std::vector<Candidate> found;
        auto rows = db_->prepare("SELECT name, json_extract(config, '$.driver') FROM network ORDER BY name");
        while (rows.step()) found.push_back({rows.text(0), rows.text(1)});
        return found;
    }

    static const char* query_for(std::string_view type) {
        if (type == "label") return "SELECT DISTINCT l.key FROM container c, json_each(c.config, '$.labels') l ORDER BY 1";
        if (type == "manifest") return "SELECT name FROM image_index_name ORDER BY name";
        return nullptr;
    }

    std::optional<state::Database> db_;
};

class NoNames : public CompletionData {
public:
    std::vector<Candidate> containers(ContainerChoice, bool) override { return {}; }
    std::vector<Candidate> images(bool) override { return {}; }
    std::vector<Candidate> names(std::string_view) override { return {}; }
};

}  // namespace

std::unique_ptr<CompletionData> completion_data(const std::filesystem::path& root) {
    try {
        return std::make_unique<DatabaseNames>(root);
    } catch (const Error&) {
        return std::make_unique<NoNames>();
    }
}

}  // namespace skiff::cli
