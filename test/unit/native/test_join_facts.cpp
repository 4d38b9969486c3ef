#include <doctest/doctest.h>
#include <fcntl.h>
#include <sched.h>

#include <cstdlib>
#include <filesystem>

#include "oci/native/join_facts.h"
#include "util/files.h"

using namespace skiff;
using namespace skiff::oci::native;

namespace {

struct Scratch {
    std::filesystem::path path;
    UniqueFd fd;
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "skiff-join-XXXXXX").native();
        path = ::mkdtemp(name.data());
        fd = open_directory(path);
    }
    ~Scratch() { std::filesystem::remove_all(path); }
};

Spec plain_spec() {
    Spec spec;
    for (const int flag : {CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET}) spec.lnx.namespaces.push_back({flag, {}});
    return spec;
}

Preparation filtered() {
    Preparation preparation;
    preparation.seccomp_flags = 2;
    preparation.seccomp = {{6, 0, 0, 1}, {6, 0, 0, 0x7fff0000}};
    return preparation;
}

}  // namespace

TEST_CASE("join facts: what was written is read") {
    const Scratch scratch;
    const auto facts = join_facts(plain_spec(), filtered(), /*has_listener=*/false);
    REQUIRE(facts);
    write_join_facts(scratch.fd.get(), *facts);
    const auto read = read_join_facts(scratch.fd.get());
    REQUIRE(read);
    CHECK(read->filter_lets_wait);
    CHECK(read->seccomp_flags == 2);
    REQUIRE(read->seccomp.size() == 2);
    CHECK(read->seccomp[1].k == 0x7fff0000);
    const Spec spec = spec_of(*read);
    CHECK(spec.lnx.namespaces.size() == 3);
    CHECK(spec.find_namespace(CLONE_NEWNET) != nullptr);
    CHECK(spec.find_namespace(CLONE_NEWUSER) == nullptr);
}

TEST_CASE("join facts: a container that says more has none") {
    CHECK_FALSE(join_facts(plain_spec(), filtered(), /*has_listener=*/true));
    Spec spec = plain_spec();
    spec.keep_original_groups = true;
    CHECK_FALSE(join_facts(spec, filtered(), false));
    spec = plain_spec();
    spec.lnx.personality = 8;
    CHECK_FALSE(join_facts(spec, filtered(), false));
    spec = plain_spec();
    spec.lnx.memory_policy.emplace();
    CHECK_FALSE(join_facts(spec, filtered(), false));
}

TEST_CASE("join facts: an absent, cut or foreign file is none") {
    const Scratch scratch;
    CHECK_FALSE(read_join_facts(scratch.fd.get()));
    write_join_facts(scratch.fd.get(), *join_facts(plain_spec(), filtered(), false));
    const std::string whole = read_file_at(scratch.fd.get(), "join");
    for (const std::size_t length : {std::size_t{0}, std::size_t{3}, whole.size() / 2, whole.size() - 1}) {
        replace_file_at(scratch.fd.get(), "join", whole.substr(0, length), 0600);
        CHECK_FALSE(read_join_facts(scratch.fd.get()));
    }
    std::string other = whole;
    other[4] = 9;  // the format
    replace_file_at(scratch.fd.get(), "join", other, 0600);
    CHECK_FALSE(read_join_facts(scratch.fd.get()));
}
