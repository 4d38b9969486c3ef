#include "libpod/secret/secret.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "libpod/parse/refuse.h"
#include "libpod/runtime.h"
#include "libpod/secret/drivers.h"
#include "state/database.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/files.h"
#include "util/json.h"
#include "util/log.h"
#include "util/random.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

constexpr std::size_t kLargestSecret = 512000;
constexpr std::size_t kIdLength = 25;
constexpr std::size_t kLongestName = 253;
constexpr const char* kSecretColumns = "SELECT id, name, driver, config, created_at, updated_at FROM secret ";

fs::path secret_directory(const Runtime& runtime) { return runtime.options().root / "secrets"; }

/// One command at a time changes secrets.
UniqueFd lock_secrets(const Runtime& runtime) {
    UniqueFd fd = make_directory(secret_directory(runtime), 0700);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
        if (std::chrono::steady_clock::now() > deadline) throw Error{ErrorKind::Timeout, "waited 60 s for another command that changes secrets"};
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return fd;
}

Json secret_json_of(const SecretRow& row) {
    Json json = Json::object();
    json["labels"] = row.labels;
    json["options"] = row.options;
    return json;
}

SecretRow secret_row_of(const state::Statement& found) {
    SecretRow row;
    row.id = found.text(0);
    row.name = found.text(1);
    row.driver = found.text(2);
    const Json config = parse_json(found.text(3), concat("config of secret ", row.name));
    row.labels = config.at("labels").get<std::map<std::string, std::string>>();
    row.options = config.at("options").get<std::map<std::string, std::string>>();
    row.created_at = found.integer(4);
    row.updated_at = found.integer(5);
    return row;
}

std::vector<SecretRow> rows_where(const Runtime& runtime, std::string_view condition, std::string_view value) {
    auto query = runtime.db().prepare(concat(kSecretColumns, "WHERE ", condition, " ORDER BY name"));
    if (!value.empty()) query.bind(value);
    std::vector<SecretRow> rows;
    while (query.step()) rows.push_back(secret_row_of(query));
    return rows;
}

void check_request(const SecretRequest& request) {
    constexpr std::string_view kGrammar = "1 to 253 characters without comma, slash, equals sign and control characters";
    const auto& name = request.name;
    if (name.empty() || name.size() > kLongestName || name.find_first_of(",/=") != std::string::npos || has_control_characters(name)) {
        refuse("secret name", name.substr(0, 60), "is not valid", kGrammar);
    }
    if (request.data.empty() || request.data.size() > kLargestSecret) {
        throw Error{ErrorKind::Invalid, concat("secret ", quote(name), " has ", request.data.size(), " bytes"), "1 to 512000 bytes"};
    }
}

void mark_unstored(const Runtime& runtime, const std::string& id) {
    runtime.db().prepare("UPDATE secret SET stored = 0 WHERE id = ?").bind(id).run();
}

/// First the mark, then the content, then the row.
void take_away(const Runtime& runtime, const SecretRow& row) {
    mark_unstored(runtime, row.id);
    fault_point("secret:unmarked");
    make_secret_driver(row.driver, row.options, secret_directory(runtime))->remove(row.id);
    fault_point("secret:removed");
    runtime.db().prepare("DELETE FROM secret WHERE id = ?").bind(row.id).run();
}

/// Files that somebody dead was writing: they have a dot in front until they are whole. The caller holds the lock on the directory.
void sweep_unfinished(const fs::path& directory) {
    const UniqueFd secrets = open_at_if_exists(AT_FDCWD, directory, O_RDONLY | O_DIRECTORY);
    if (!secrets) return;
    for (const auto& name : list_directory(secrets.get())) {
        if (name.front() == '.') ::unlinkat(secrets.get(), name.c_str(), 0);
    }
}

/// With the lock held, what is not stored belongs to a command that died.
void sweep_secrets(const Runtime& runtime) {
    sweep_unfinished(secret_directory(runtime));
    for (const auto& row : rows_where(runtime, "stored = 0", {})) {
        try {
            take_away(runtime, row);
        } catch (const Error& error) {
            log::warn(concat("taking away what is left of secret ", row.name, ": ", error.what(), ", ignoring"));
        }
    }
}

void insert_secret(const Runtime& runtime, const SecretRow& row) {
    auto insertion = runtime.db().prepare("INSERT INTO secret (id, name, driver, config, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)");
    insertion.bind(row.id).bind(row.name).bind(row.driver).bind(dump(secret_json_of(row))).bind(row.created_at).bind(row.updated_at).run();
}

void store_secret(const Runtime& runtime, const SecretRow& row, std::string_view data) {
    insert_secret(runtime, row);
    fault_point("secret:recorded");
    try {
        make_secret_driver(row.driver, row.options, secret_directory(runtime))->store(row.id, data);
    } catch (const Error&) {
        runtime.db().prepare("DELETE FROM secret WHERE id = ?").bind(row.id).run();
        throw;
    }
    fault_point("secret:stored");
    runtime.db().prepare("UPDATE secret SET stored = 1 WHERE id = ?").bind(row.id).run();
}

}  // namespace

std::string create_secret(const Runtime& runtime, const SecretRequest& request) {
    check_request(request);
    SecretRow row{random_id().substr(0, kIdLength), request.name, request.driver, {}, request.labels, now_nanos(), 0};
    row.updated_at = row.created_at;
    row.options = complete_driver_options(request.driver, request.options, secret_directory(runtime));
    make_secret_driver(row.driver, row.options, secret_directory(runtime));
    const auto global = runtime.step_lock();
    const UniqueFd lock = lock_secrets(runtime);
    sweep_secrets(runtime);
    if (const auto there = rows_where(runtime, "name = ?", request.name); !there.empty()) {
        if (request.ignore && !request.replace) return there.front().id;
        if (!request.replace) throw Error{ErrorKind::Exists, concat(quote(request.name), ": secret name in use"), "use --replace"};
        row.created_at = there.front().created_at;
        take_away(runtime, there.front());
    }
    store_secret(runtime, row, request.data);
    return row.id;
}

std::optional<SecretRow> try_find_secret(const Runtime& runtime, std::string_view name_or_id) {
    if (name_or_id.empty()) return std::nullopt;
    if (auto by_name = rows_where(runtime, "stored = 1 AND name = ?", name_or_id); !by_name.empty()) return std::move(by_name.front());
    auto by_id = rows_where(runtime, "stored = 1 AND substr(id, 1, length(?1)) = ?1", name_or_id);
    if (by_id.empty()) return std::nullopt;
    if (by_id.size() > 1) throw Error{ErrorKind::Ambiguous, concat("more than one result for secret ", quote(name_or_id)), "give more digits or the name"};
    return std::move(by_id.front());
}

SecretRow find_secret(const Runtime& runtime, std::string_view name_or_id) {
    if (auto found = try_find_secret(runtime, name_or_id)) return std::move(*found);
    throw Error{ErrorKind::NotFound, concat("no secret with name or id ", quote(name_or_id), ": no such secret")};
}

std::vector<SecretRow> list_secrets(const Runtime& runtime) { return rows_where(runtime, "stored = 1", {}); }

void remove_secret(const Runtime& runtime, const SecretRow& row) {
    const auto global = runtime.step_lock();
    const UniqueFd lock = lock_secrets(runtime);
    sweep_secrets(runtime);
    take_away(runtime, row);
}

std::string secret_data(const Runtime& runtime, const SecretRow& row) {
    return in_context(concat("reading secret ", quote(row.name)), [&] { return make_secret_driver(row.driver, row.options, secret_directory(runtime))->load(row.id); });
}

}  // namespace skiff::libpod
