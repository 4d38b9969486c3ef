#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "monitor/harness.h"
#include "oci/monitor/log_writer.h"
#include "util/error.h"
#include "util/files.h"
#include "util/text.h"

using namespace skiff;
using namespace skiff::oci::monitor;
using namespace skiff::oci::monitor::test;

namespace {

constexpr UnixNanos kTime = 1763776765123456789;

LogPlan plan_at(const RunDir& dir, const std::string& driver, std::int64_t max_size = 0, int max_files = 1) {
    return {driver, dir.path / "log", max_size, max_files, ""};
}

std::vector<std::string> texts(const LogQuery& query) {
    std::vector<std::string> out;
    read_log(query, [&](const LogRecord& record) {
        out.push_back(std::string{record.text} + (record.partial ? "+" : ""));
        return true;
    });
    return out;
}

std::vector<std::string> numbered(int from, int to) {
    std::vector<std::string> out;
    for (int i = from; i < to; ++i) out.push_back(concat("line ", i));
    return out;
}

}  // namespace

TEST_CASE("monitor log: k8s-file format") {
    RunDir dir;
    const auto writer = LogWriter::open(plan_at(dir, "k8s-file"));
    writer->write(LogStream::Stdout, "one\n\npart", kTime);
    writer->write(LogStream::Stderr, std::string_view{"a\0b\n", 4}, kTime);
    const std::string time = rfc3339_local(kTime);
    CHECK(read_file(dir.path / "log") == time + " stdout F one\n" + time + " stdout F \n" + time + " stdout P part\n" + time + " stderr F a" + std::string(1, '\0') + "b\n");
    CHECK(texts({.path = dir.path / "log"}) == std::vector<std::string>{"one", "", "part+", std::string("a\0b", 3)});
}

TEST_CASE("monitor log: json-file is docker's, and keeps characters whole across writes") {
    RunDir dir;
    LogPlan plan = plan_at(dir, "json-file");
    plan.tag = "t\"g";
    const auto writer = LogWriter::open(plan);
    writer->write(LogStream::Stdout, "say \"hi\"\\ <\x01>\t\xe2\x82", kTime);
    writer->write(LogStream::Stdout, "\xac\n\xff\n", kTime);
    writer->write(LogStream::Stderr, "\xf0\x9f", kTime);
    writer->finish(LogStream::Stderr, kTime);
    const auto lines = split(read_file(dir.path / "log"), '\n');
    CHECK(lines[0] == R"({"log":"say \"hi\"\\ \u003c\u0001\u003e\t","stream":"stdout","attrs":{"tag":"t\"g"},"time":"2025-11-22T01:59:25.123456789Z"})");
    CHECK(parse_json(lines[1], "line")["log"] == "\xe2\x82\xac\n");
    CHECK(parse_json(lines[2], "line")["log"] == "\xef\xbf\xbd\n");
    CHECK(parse_json(lines[3], "line")["log"] == "\xef\xbf\xbd\xef\xbf\xbd");
    CHECK(parse_json(lines[3], "line")["stream"] == "stderr");
    const auto read = texts({.driver = "json-file", .path = dir.path / "log"});
    CHECK(read[0] == "say \"hi\"\\ <\x01>\t+");
    CHECK(read[1] == "\xe2\x82\xac");
}

TEST_CASE("monitor log: long lines are cut and read back whole") {
    for (const char* driver : {"k8s-file", "json-file"}) {
        RunDir dir;
        const auto writer = LogWriter::open(plan_at(dir, driver));
        std::string text;
        for (int i = 0; i < 100000; ++i) text.push_back(i % 7 == 0 ? '\x02' : static_cast<char>('a' + i % 26));
        writer->write(LogStream::Stdout, text + "\nnext\n", kTime);
        CHECK(log_text({.driver = driver, .path = dir.path / "log"}) == text + "\nnext\n");
        for (const auto& part : texts({.driver = driver, .path = dir.path / "log"})) CHECK(part.size() <= 16 * 1024 + 1);
    }
}

TEST_CASE("monitor log: rotation keeps its size, its files, and every line that they hold") {
    for (const char* driver : {"k8s-file", "json-file"}) {
        RunDir dir;
        const auto writer = LogWriter::open(plan_at(dir, driver, 4096, 3));
        for (const auto& line : numbered(0, 200)) writer->write(LogStream::Stdout, line + "\n", kTime);
        for (const char* name : {"log", "log.1", "log.2"}) CHECK(fs::file_size(dir.path / name) <= 4096);
        CHECK_FALSE(fs::exists(dir.path / "log.3"));
        const auto kept = texts({.driver = driver, .path = dir.path / "log"});
        CHECK(kept.size() > 100);
        CHECK(kept == numbered(200 - static_cast<int>(kept.size()), 200));
        for (const int tail : {0, 1, 2, 55, 100}) {
            CHECK(texts({.driver = driver, .path = dir.path / "log", .tail = tail}) == numbered(200 - tail, 200));
        }
        CHECK(texts({.driver = driver, .path = dir.path / "log", .tail = 100000}) == kept);
    }
    RunDir dir;
    const auto writer = LogWriter::open(plan_at(dir, "k8s-file", 500, 1));
    for (const auto& line : numbered(0, 50)) writer->write(LogStream::Stdout, line + "\n", kTime);
    CHECK(fs::file_size(dir.path / "log") <= 500);
    CHECK_FALSE(fs::exists(dir.path / "log.1"));
}

TEST_CASE("monitor log: tail counts lines, not records; a torn line is ended and passed over") {
    RunDir dir;
    {
        const auto writer = LogWriter::open(plan_at(dir, "k8s-file"));
        writer->write(LogStream::Stdout, "a\nb", kTime);
        writer->write(LogStream::Stdout, "c\nd", kTime);
    }
    CHECK(texts({.path = dir.path / "log", .tail = 1}) == std::vector<std::string>{"d+"});
    CHECK(texts({.path = dir.path / "log", .tail = 2}) == std::vector<std::string>{"b+", "c", "d+"});
    fs::resize_file(dir.path / "log", fs::file_size(dir.path / "log") - 5);
    LogWriter::open(plan_at(dir, "k8s-file"))->write(LogStream::Stdout, "after\n", kTime);
    CHECK(texts({.path = dir.path / "log"}) == std::vector<std::string>{"a", "b+", "c", "after"});
}

TEST_CASE("monitor log: since and until") {
    RunDir dir;
    const auto writer = LogWriter::open(plan_at(dir, "k8s-file"));
    for (int i = 0; i < 10; ++i) writer->write(LogStream::Stdout, concat("line ", i, "\n"), kTime + i * 1'000'000'000LL);
    CHECK(texts({.path = dir.path / "log", .since = kTime + 3'000'000'000}) == numbered(3, 10));
    CHECK(texts({.path = dir.path / "log", .until = kTime + 3'000'000'000}) == numbered(0, 4));
    CHECK(texts({.path = dir.path / "log", .since = kTime + 2, .until = kTime + 8'000'000'000, .tail = 4}) == numbered(6, 9));
    CHECK(texts({.path = dir.path / "absent"}).empty());
    CHECK_THROWS_AS(read_log({.driver = "none", .path = dir.path / "log"}, [](const LogRecord&) { return true; }), Error);
}

TEST_CASE("monitor log: times are read as they are written") {
    for (const UnixNanos when : {kTime, kTime / 1'000'000'000 * 1'000'000'000, UnixNanos{951782400'000000001}}) {
        CHECK(parse_log_time(rfc3339(when)) == when);
        CHECK(parse_log_time(rfc3339_local(when)) == when);
    }
    CHECK(parse_log_time("2025-11-22T02:59:25.123456789+01:00") == kTime);
    for (const char* bad : {"", "2025-11-22", "2025-11-22T02:59:25", "2025-13-22T02:59:25Z", "2025-11-22T02:59:25.Z", "2025-11-22T02:59:25+0100"}) {
        CHECK_FALSE(parse_log_time(bad));
    }
}

TEST_CASE("monitor log: a full disk loses what it must and says so, once") {
    RunDir dir;
    const auto writer = LogWriter::open(plan_at(dir, "k8s-file"));
    writer->write(LogStream::Stdout, "first\n", kTime);
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit small{fs::file_size(dir.path / "log") + 20, before.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &small);  // EFBIG after 20 bytes: a short write, as on a full disk
    for (int i = 0; i < 5; ++i) writer->write(LogStream::Stdout, "lost\n", kTime);
    ::setrlimit(RLIMIT_FSIZE, &before);
    writer->write(LogStream::Stdout, "last\n", kTime);
    const auto read = texts({.path = dir.path / "log"});
    REQUIRE(read.size() == 3);
    CHECK(read[0] == "first");
    CHECK(read[1].find("lost 5 lines (25 bytes)") != std::string::npos);
    CHECK(read[2] == "last");
}

TEST_CASE("monitor log: following sees every line through rotations, and ends") {
    RunDir dir;
    constexpr int kLines = 3000;
    std::atomic<bool> ended = false;
    std::vector<std::string> got;
    std::thread reader{[&] {
        follow_log({.path = dir.path / "log"}, {.has_ended = [&] { return ended.load(); }, .caught_up = {}, .wake_dir = {}, .cancel_fd = -1},
                   [&](const LogRecord& record) {
                       got.emplace_back(record.text);
                       return true;
                   });
    }};
    const auto writer = LogWriter::open(plan_at(dir, "k8s-file", 20000, 50));
    for (int i = 0; i < kLines; ++i) {
        writer->write(i % 3 == 0 ? LogStream::Stderr : LogStream::Stdout, concat("line ", i, "\n"), now_nanos());
        if (i % 500 == 0) ::usleep(20'000);
    }
    ended = true;
    reader.join();
    CHECK(fs::exists(dir.path / "log.5"));
    CHECK(got == numbered(0, kLines));
}
