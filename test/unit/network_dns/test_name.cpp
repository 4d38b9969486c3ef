#include <doctest/doctest.h>

#include "packets.h"

using namespace skiff::network;
using namespace skiff::network::dns;
using testing::bytes_of;

namespace {

std::optional<Name> read(std::string_view message, std::size_t offset, Compression compression = Compression::Allowed) {
    return read_name(bytes_of(message), offset, compression);
}

}  // namespace

TEST_CASE("names from text") {
    CHECK(name_from_text("web") == Name("\3web\0", 5));
    CHECK(name_from_text("web.dns.podman.") == Name("\3web\3dns\6podman\0", 16));
    CHECK_FALSE(name_from_text(""));
    CHECK_FALSE(name_from_text("."));
    CHECK_FALSE(name_from_text("a..b"));
    CHECK_FALSE(name_from_text(".a"));
    CHECK(name_from_text(std::string(63, 'a')));
    CHECK_FALSE(name_from_text(std::string(64, 'a')));
    std::string longest = std::string(63, 'a') + "." + std::string(63, 'b') + "." + std::string(63, 'c') + "." + std::string(61, 'd');
    CHECK(name_from_text(longest)->size() == kMaxNameBytes);
    CHECK_FALSE(name_from_text(longest + "d"));
}

TEST_CASE("names in messages") {
    const std::string message{"\3foo\0\3www\xC0\x00", 11};
    CHECK(read(message, 5) == Name("\3www\3foo\0", 9));
    CHECK_FALSE(read(message, 5, Compression::Refused));
    std::size_t offset = 0;
    static_cast<void>(read_name(bytes_of(std::string_view{"\1a\0\1b\xC0\x00", 7}), offset, Compression::Allowed));
    CHECK(offset == 3);
    offset = 3;
    CHECK(read_name(bytes_of(std::string_view{"\1a\0\1b\xC0\x00", 7}), offset, Compression::Allowed) == Name("\1b\1a\0", 5));
    CHECK(offset == 7);
}

TEST_CASE("compression that leads nowhere is refused") {
    CHECK_FALSE(read(std::string_view{"\xC0\x00", 2}, 0));           // to itself
    CHECK_FALSE(read(std::string_view{"\1a\xC0\x00", 4}, 0));        // a loop over a label
    CHECK_FALSE(read(std::string_view{"\xC0\x02\1a\0", 5}, 0));      // forward
    CHECK_FALSE(read(std::string_view{"\xC0\x02\xC0\x00", 4}, 2));   // to a pointer that leads back
    CHECK_FALSE(read(std::string_view{"\3ww", 3}, 0));
    CHECK_FALSE(read(std::string_view{"\xC0", 1}, 0));
    CHECK_FALSE(read(std::string_view{"\x80web\0", 5}, 0));
    CHECK_FALSE(read("", 0));
    std::string chain(1, '\0');  // each name one label longer than the one it points to: over 255 bytes it ends
    std::size_t last = 0;
    for (int i = 0; i < 100; ++i) {
        const std::size_t here = chain.size();
        chain += "\3abc";
        chain += static_cast<char>(0xC0 | last >> 8);
        chain += static_cast<char>(last & 0xFF);
        last = here;
    }
    CHECK(read(chain, 1 + 6 * 62));
    CHECK_FALSE(read(chain, 1 + 6 * 64));
}

TEST_CASE("a name below a zone") {
    const Name zone = *name_from_text("dns.podman");
    CHECK(below_zone(*name_from_text("web.dns.podman"), zone) == *name_from_text("web"));
    CHECK(below_zone(zone, zone) == Name(1, '\0'));
    CHECK_FALSE(below_zone(*name_from_text("web.mydns.podman"), zone));
    CHECK_FALSE(below_zone(*name_from_text("podman"), zone));
    CHECK(lower_name(*name_from_text("WeB.Example")) == *name_from_text("web.example"));
    CHECK(label_count(Name(1, '\0')) == 0);
    CHECK(label_count(*name_from_text("a.b.c")) == 3);
}

TEST_CASE("names that ask for an address backwards") {
    const auto reverse = [](std::string_view text) { return reverse_address(*name_from_text(text)); };
    CHECK(reverse("2.0.89.10.in-addr.arpa") == IpAddress::parse("10.89.0.2"));
    CHECK_FALSE(reverse("0.89.10.in-addr.arpa"));
    CHECK_FALSE(reverse("1.2.0.89.10.in-addr.arpa"));
    CHECK_FALSE(reverse("02.0.89.10.in-addr.arpa"));
    CHECK_FALSE(reverse("256.0.89.10.in-addr.arpa"));
    CHECK_FALSE(reverse("2.0.89.10.example"));
    std::string six = "2";
    for (int i = 0; i < 27; ++i) six += ".0";
    CHECK(reverse(six + ".0.0.d.f.ip6.arpa") == IpAddress::parse("fd00::2"));
    CHECK_FALSE(reverse(six + ".0.d.f.ip6.arpa"));
    CHECK_FALSE(reverse(six + ".0.0.dd.f.ip6.arpa"));
}
