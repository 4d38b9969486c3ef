#include "libpod/secret/drivers.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "util/error.h"
#include "util/fd.h"
#include "util/files.h"
#include "util/process.h"
#include "util/text.h"

namespace skiff::libpod {
namespace {

using Options = std::map<std::string, std::string>;

constexpr std::size_t kLargestFile = 512000;

std::string driver_option(const Options& options, const char* key) {
    const auto found = options.find(key);
    return found == options.end() ? std::string{} : found->second;
}

/// Runs a program with `input`, gives back what it printed. `what` is for errors.
std::string run_with(std::vector<std::string> argv, std::string_view input, const std::vector<std::string>& variables, std::string_view what) {
    const UniqueFd in = make_memfd("secret", input, /*sealed=*/false);
    if (::lseek(in.get(), 0, SEEK_SET) != 0) throw SystemError{errno, what};
    RunRequest request;
    request.argv = std::move(argv);
    request.stdin_fd = in.get();
    std::vector<std::string> env = variables;
    for (char** variable = environ; *variable != nullptr; ++variable) env.emplace_back(*variable);
    request.env = std::move(env);
    const RunResult result = run_program(request);
    if (result.status.code != 0) {
        const std::string said{trim(result.err)};
        throw Error{ErrorKind::System, concat(what, ": status ", result.status.code, said.empty() ? "" : ": ", join(split(said, '\n'), "; "))};
    }
    return result.out;
}

/// One file for each secret.
class FileDriver : public SecretDriver {
public:
    explicit FileDriver(fs::path directory) : directory_{std::move(directory)} {}

    void store(const std::string& id, std::string_view data) const override {
        replace_file_at(make_directory(directory_, 0700).get(), id, data, 0600, Sync::Yes);
    }
    std::string load(const std::string& id) const override { return read_file(directory_ / id, kLargestFile); }
    void remove(const std::string& id) const override {
        if (::unlink((directory_ / id).c_str()) != 0 && errno != ENOENT) throw SystemError{errno, concat("removing ", quote((directory_ / id).native()))};
    }

private:
    fs::path directory_;
};

/// Files encrypted for a key, as pass(1) keeps them.
class PassDriver : public SecretDriver {
public:
    explicit PassDriver(const Options& options) : root_{driver_option(options, "root")}, key_{driver_option(options, "key")}, home_{driver_option(options, "gpghomedir")} {}

    void store(const std::string& id, std::string_view data) const override {
        make_directory(root_, 0700).reset();
        run_with(gpg({"--yes", "--trust-model", "always", "--encrypt", "--recipient", key_, "--output", file(id).native()}), data, {}, "encrypting a secret with gpg");
    }
    std::string load(const std::string& id) const override {
        return run_with(gpg({"--quiet", "--decrypt", file(id).native()}), {}, {}, "decrypting a secret with gpg");
    }
    void remove(const std::string& id) const override {
        if (::unlink(file(id).c_str()) != 0 && errno != ENOENT) throw SystemError{errno, concat("removing ", quote(file(id).native()))};
    }

private:
    fs::path file(const std::string& id) const { return root_ / concat(id, ".gpg"); }
    std::vector<std::string> gpg(std::vector<std::string> words) const {
        std::vector<std::string> argv{"gpg", "--batch"};
        if (!home_.empty()) argv.insert(argv.end(), {"--homedir", home_});
        argv.insert(argv.end(), words.begin(), words.end());
        return argv;
    }

    fs::path root_;
    std::string key_, home_;
};

/// Commands that get the ID in SECRET_ID and the content on standard input, or print it.
class ShellDriver : public SecretDriver {
public:
    explicit ShellDriver(const Options& options) : options_{options} {}

    void store(const std::string& id, std::string_view data) const override { call("store", id, data); }
    std::string load(const std::string& id) const override { return call("lookup", id, {}); }
    void remove(const std::string& id) const override { call("delete", id, {}); }

private:
    std::string call(const char* command, const std::string& id, std::string_view input) const {
        return run_with({"/bin/sh", "-c", driver_option(options_, command)}, input, {concat("SECRET_ID=", id)}, concat("the secret driver's command ", quote(command)));
    }

    Options options_;
};

void check_options(const std::string& driver, const Options& options, const std::vector<std::string>& known, const std::vector<std::string>& needed) {
    for (const auto& [key, value] : options) {
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            throw Error{ErrorKind::Invalid, concat("secret driver ", driver, ": no option ", quote(key)), join(known, ", ")};
        }
    }
    for (const auto& key : needed) {
        if (driver_option(options, key.c_str()).empty()) throw Error{ErrorKind::Invalid, concat("secret driver ", driver, " needs the option ", key), join(known, ", ")};
    }
}

}  // namespace

std::map<std::string, std::string> complete_driver_options(const std::string& name, Options options, const fs::path& directory) {
    if (name == "file") options.try_emplace("path", directory.native());
    if (name == "pass" && !options.contains("root")) {
        const char* home = std::getenv("HOME");
        options["root"] = concat(home == nullptr ? "/root" : home, "/.password-store");
    }
    return options;
}

std::unique_ptr<SecretDriver> make_secret_driver(const std::string& name, const Options& options, const fs::path& directory) {
    if (name == "file") {
        check_options(name, options, {"path"}, {});
        return std::make_unique<FileDriver>(options.contains("path") ? fs::path{options.at("path")} : directory);
    }
    if (name == "pass") {
        check_options(name, options, {"gpghomedir", "key", "root"}, {"key"});
        return std::make_unique<PassDriver>(options);
    }
    if (name == "shell") {
        check_options(name, options, {"delete", "list", "lookup", "store"}, {"delete", "list", "lookup", "store"});
        return std::make_unique<ShellDriver>(options);
    }
    throw Error{ErrorKind::Invalid, concat("no secret driver ", quote(name)), "file, pass or shell"};
}

}  // namespace skiff::libpod
