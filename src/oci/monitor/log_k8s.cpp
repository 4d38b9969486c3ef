#include <cstring>

#include "oci/monitor/log_writer.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

class K8sLog final : public FileLogWriter {
public:
    explicit K8sLog(const LogPlan& plan) : FileLogWriter{plan} {}

protected:
    void set_time(UnixNanos now) override { time_ = rfc3339_local(now); }

    std::size_t add_record(LogStream stream, std::string_view text) override {
        const std::string_view window = text.substr(0, kMaxTextBytes);
        const auto* newline = static_cast<const char*>(std::memchr(window.data(), '\n', window.size()));
        const bool full = newline != nullptr;
        const std::string_view line = full ? window.substr(0, static_cast<std::size_t>(newline - window.data())) : window;
        const bool refer = line.size() >= LogBatch::kReferFromBytes;
        const std::size_t header_bytes = time_.size() + kTagBytes;
        prepare(header_bytes + line.size() + 1, header_bytes + (refer ? 0 : line.size()) + 1);
        add_header(stream, full);
        if (refer) batch().refer(line);
        else batch().copy(line);
        batch().copy("\n");
        count_text(line.size() + (full ? 1 : 0), full);
        return line.size() + (full ? 1 : 0);
    }

private:
    static constexpr std::size_t kTagBytes = sizeof " stdout F " - 1;

    void add_header(LogStream stream, bool full) {
        char* out = batch().room();
        std::memcpy(out, time_.data(), time_.size());
        std::memcpy(out + time_.size(), stream == LogStream::Stdout ? " stdout " : " stderr ", 8);
        out[time_.size() + 8] = full ? 'F' : 'P';
        out[time_.size() + 9] = ' ';
        batch().commit(time_.size() + kTagBytes);
    }

    std::string time_;
};

}  // namespace

std::unique_ptr<LogWriter> make_k8s_log(const LogPlan& plan) { return std::make_unique<K8sLog>(plan); }

}  // namespace skiff::oci::monitor
