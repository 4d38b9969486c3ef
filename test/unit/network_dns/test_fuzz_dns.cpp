// Replays the corpus of test/fuzz/dns.cpp: each packet whole, cut short, and with each of its bytes replaced.
#include <doctest/doctest.h>

#include <filesystem>

#include "fuzz/dns.h"
#include "util/files.h"

using namespace skiff;
using network::dns::fuzz_dns;

TEST_CASE("DNS packets of the fuzz corpus, whole, cut short and damaged") {
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator{DNS_CORPUS}) {
        CAPTURE(entry.path().string());
        const std::string packet = read_file(entry.path());
        fuzz_dns(packet);
        for (std::size_t length = 0; length < packet.size(); ++length) fuzz_dns(std::string_view{packet}.substr(0, length));
        for (std::size_t at = 0; at < packet.size(); ++at) {
            for (const int value : {0x00, 0x01, 0x3F, 0x40, 0xC0, 0xFF}) {
                std::string damaged = packet;
                damaged[at] = static_cast<char>(value);
                fuzz_dns(damaged);
            }
        }
        ++count;
    }
    CHECK(count > 30);
}
