#include <doctest/doctest.h>

#include "util/digest.h"
#include "util/error.h"
#include "util/sha256.h"

using namespace skiff;

TEST_CASE("digests of the known algorithms are taken") {
    const std::string hex(64, 'a');
    CHECK(Digest::parse("sha256:" + hex).hex() == hex);
    CHECK(Digest::parse("sha256:" + hex).algorithm() == "sha256");
    CHECK(Digest::parse("sha384:" + std::string(96, '0')).algorithm() == "sha384");
    CHECK_FALSE(Digest::parse("sha512:" + std::string(128, 'f')).is_sha256());
    CHECK(Digest::sha256(hex) == Digest::parse("sha256:" + hex));
    CHECK(Digest::of("abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("anything else is no digest, whatever it looks like") {
    const std::string hex(64, 'a');
    for (const std::string& bad : {std::string{}, std::string{"sha256:"}, std::string{"sha256"}, hex, ":" + hex, "sha256:" + hex.substr(1),
                                   "sha256:" + hex + "a", "sha256:" + std::string(64, 'A'), "SHA256:" + hex, "md5:" + std::string(32, 'a'),
                                   "sha512:" + hex, "sha256:../../" + hex.substr(6), "sha256:" + hex.substr(1) + '\0', "sha256:" + hex + "\n",
                                   " sha256:" + hex, "sha256:sha256:" + hex.substr(7), "sha256:" + hex.substr(1) + "g", "sha256+b64:" + hex}) {
        CAPTURE(bad);
        CHECK_FALSE(Digest::try_parse(bad));
        CHECK_THROWS_AS(Digest::parse(bad), Error);
    }
}
