#pragma once
/// Cuts a stream's bytes into records and writes them in a log driver's format.
///
/// k8s-file: "2026-11-22T02:19:25.123456789+01:00 stdout F text\n" (local time; P: the line goes on in the next
/// record of the stream). json-file: {"log":"text\n","stream":"stdout","time":"…Z"} (docker's; a record whose log
/// does not end in \n goes on). A record holds at most 16 KiB of text, as docker's and the CRI's do.
/// Source: Kubernetes CRI log format; moby daemon/logger/jsonfilelog.

#include <array>
#include <memory>
#include <string_view>

#include "oci/monitor/log_file.h"
#include "oci/monitor/log_reader.h"

namespace skiff::oci::monitor {

/// Collects records for one writev(2). Short pieces are copied together, long ones referred to: they must live
/// until flush.
class LogBatch {
public:
    static constexpr std::size_t kStagingBytes = 32 * 1024;
    static constexpr std::size_t kReferFromBytes = 1024;
    static constexpr int kMaxParts = 64;

    bool has_room_for(std::size_t copied_bytes) const noexcept {
        return staged_ + copied_bytes <= kStagingBytes && parts_used_ + 3 <= kMaxParts;
    }
    void copy(std::string_view text) noexcept;
    void refer(std::string_view text) noexcept;
    /// A place to format into: `commit` says how much of it was used.
    char* room() noexcept;
    void commit(std::size_t bytes) noexcept;

    std::size_t bytes() const noexcept { return bytes_; }
    const iovec* parts() const noexcept { return parts_.data(); }
    int part_count() const noexcept { return parts_used_; }
    void clear() noexcept;
    /// Gives the staging buffer's memory back; only between batches.
    static void trim_memory() noexcept;

private:
    std::array<iovec, kMaxParts> parts_{};
    int parts_used_ = 0;
    std::size_t staged_ = 0;
    std::size_t bytes_ = 0;
};

class LogWriter {
public:
    /// Empty for drivers that keep nothing (none, passthrough). Throws Error{Unsupported} for an unknown one.
    static std::unique_ptr<LogWriter> open(const LogPlan& plan);
    virtual ~LogWriter() = default;

    /// Records for `text`, stamped `now`, on disk (journald: sent) when it returns. The last record is partial unless `text` ends
    /// in a newline.
    virtual void write(LogStream stream, std::string_view text, UnixNanos now) = 0;
    /// The stream has ended: what was held back (part of a character) is written.
    virtual void finish(LogStream stream, UnixNanos now) = 0;
};

/// One that writes a file.
class FileLogWriter : public LogWriter {
public:
    void write(LogStream stream, std::string_view text, UnixNanos now) final;
    void finish(LogStream stream, UnixNanos now) final;

protected:
    static constexpr std::size_t kMaxTextBytes = 16 * 1024;

    explicit FileLogWriter(const LogPlan& plan) : file_{plan} {}

    virtual void set_time(UnixNanos now) = 0;
    /// Adds the record for the beginning of `text`, gives back how many bytes of it that took (at least one).
    virtual std::size_t add_record(LogStream stream, std::string_view text) = 0;
    /// Bytes of an unfinished character that add_record holds back.
    virtual std::string_view held_back(LogStream) const { return {}; }
    virtual void add_held_back(LogStream) {}

    /// Makes room in batch and file for a record of `bytes`, `copied` of them in the staging buffer.
    void prepare(std::size_t bytes, std::size_t copied);
    LogBatch& batch() noexcept { return batch_; }
    void count_text(std::size_t bytes, bool ends_line) noexcept;

private:
    void flush();
    bool note_loss();

    LogFile file_;
    LogBatch batch_;
    std::uint64_t batch_text_bytes_ = 0;
    std::uint64_t batch_lines_ = 0;
    std::uint64_t lost_text_bytes_ = 0;
    std::uint64_t lost_lines_ = 0;
};

std::unique_ptr<LogWriter> make_k8s_log(const LogPlan& plan);
std::unique_ptr<LogWriter> make_json_log(const LogPlan& plan);
std::unique_ptr<LogWriter> make_journal_log(const LogPlan& plan);

}  // namespace skiff::oci::monitor
