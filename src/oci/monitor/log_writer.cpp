#include "oci/monitor/log_writer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "util/error.h"
#include "util/text.h"

namespace skiff::oci::monitor {
namespace {

/// One monitor writes one log: static, so that untouched pages cost nothing and the heap stays small.
alignas(4096) char staging[LogBatch::kStagingBytes];

}  // namespace

char* LogBatch::room() noexcept { return staging + staged_; }

void LogBatch::commit(std::size_t bytes) noexcept {
    char* begin = staging + staged_;
    const bool continues = parts_used_ > 0 &&
        static_cast<char*>(parts_[static_cast<std::size_t>(parts_used_ - 1)].iov_base) +
                parts_[static_cast<std::size_t>(parts_used_ - 1)].iov_len == begin;
    if (continues) {
        parts_[static_cast<std::size_t>(parts_used_ - 1)].iov_len += bytes;
    } else {
        parts_[static_cast<std::size_t>(parts_used_++)] = {begin, bytes};
    }
    staged_ += bytes;
    bytes_ += bytes;
}

void LogBatch::copy(std::string_view text) noexcept {
    std::memcpy(room(), text.data(), text.size());
    commit(text.size());
}

void LogBatch::refer(std::string_view text) noexcept {
    parts_[static_cast<std::size_t>(parts_used_++)] = {const_cast<char*>(text.data()), text.size()};
    bytes_ += text.size();
}

void LogBatch::trim_memory() noexcept { ::madvise(staging, sizeof staging, MADV_DONTNEED); }

void LogBatch::clear() noexcept {
    parts_used_ = 0;
    staged_ = bytes_ = 0;
}

std::unique_ptr<LogWriter> LogWriter::open(const LogPlan& plan) {
    if (plan.driver == "none" || plan.driver == "passthrough" || plan.driver == "passthrough-tty") return nullptr;
    if (plan.driver == "k8s-file") return make_k8s_log(plan);
    if (plan.driver == "json-file") return make_json_log(plan);
    if (plan.driver == "journald") return make_journal_log(plan);
    throw Error{ErrorKind::Unsupported, concat("log driver ", quote(plan.driver), " is not supported"),
                "choose from: k8s-file, json-file, journald, none, passthrough"};
}

void FileLogWriter::write(LogStream stream, std::string_view text, UnixNanos now) {
    set_time(now);
    if (!note_loss()) {
        lost_text_bytes_ += text.size();
        lost_lines_ += static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
        return;
    }
    while (!text.empty()) text.remove_prefix(add_record(stream, text));
    flush();
}

void FileLogWriter::finish(LogStream stream, UnixNanos now) {
    if (held_back(stream).empty()) return;
    set_time(now);
    add_held_back(stream);
    flush();
}

void FileLogWriter::prepare(std::size_t bytes, std::size_t copied) {
    if (!batch_.has_room_for(copied)) flush();
    if (!file_.is_full_with(batch_.bytes() + bytes)) return;
    flush();
    // An empty file takes any record: none is split.
    if (!file_.is_empty() && file_.is_full_with(bytes)) file_.rotate();
}

void FileLogWriter::count_text(std::size_t bytes, bool ends_line) noexcept {
    batch_text_bytes_ += bytes;
    batch_lines_ += ends_line ? 1 : 0;
}

void FileLogWriter::flush() {
    if (batch_.part_count() == 0) return;
    if (!file_.append(batch_.parts(), batch_.part_count())) {
        lost_text_bytes_ += batch_text_bytes_;
        lost_lines_ += batch_lines_;
    }
    batch_.clear();
    batch_text_bytes_ = batch_lines_ = 0;
}

/// While this fails the disk is still full, and nothing else is tried.
bool FileLogWriter::note_loss() {
    if (lost_text_bytes_ == 0) return true;
    const std::string text = concat("skiff: the log lost ", lost_lines_, " lines (", lost_text_bytes_,
                                    " bytes) of output here: ", errno_text(file_.last_error()), "\n");
    add_record(LogStream::Stderr, text);
    const bool noted = file_.append(batch_.parts(), batch_.part_count());
    if (noted) lost_text_bytes_ = lost_lines_ = 0;
    batch_.clear();
    batch_text_bytes_ = batch_lines_ = 0;
    return noted;
}

}  // namespace skiff::oci::monitor
