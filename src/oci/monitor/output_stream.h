#pragma once
/// One output stream of the process (FIFO or terminal): from there to the log and to every client that wants it.
///
/// A client that does not read holds the stream up (and so, with a full FIFO, the process), as with docker and
/// podman; one that died or left does not. Pipes to a single client are fed by tee(2) or splice(2), without a copy.

#include <memory>
#include <span>
#include <vector>

#include "oci/monitor/client.h"
#include "oci/monitor/log_writer.h"

namespace skiff::oci::monitor {

using Clients = std::vector<std::unique_ptr<Client>>;

enum class PumpResult {
    More,     ///< there may be more: call again after the other events
    Idle,     ///< nothing to read
    Blocked,  ///< a client's output is `blocked`
    HungUp,   ///< a terminal that nobody has open now (EIO); somebody may open it again
    Ended,    ///< end of file, everything delivered
};

class OutputStream {
public:
    /// `buffer` is this stream's alone. `log` may be null.
    OutputStream(LogStream kind, UniqueFd source, bool is_terminal, std::span<char> buffer, LogWriter* log) noexcept
        : kind_{kind}, source_{std::move(source)}, is_terminal_{is_terminal}, buffer_{buffer}, log_{log} {}

    int source() const noexcept { return source_.get(); }
    bool is_open() const noexcept { return static_cast<bool>(source_); }
    LogStream kind() const noexcept { return kind_; }
    bool is_terminal() const noexcept { return is_terminal_; }
    PumpResult pump(Clients& clients);
    /// The last pump moved a page or more: whoever writes so much is likely to go on.
    bool flows() const noexcept { return moved_ >= kPage; }
    /// A client that comes while another holds the stream up gets what comes after that.
    void skip_pending(Client& client) const noexcept { client.output(kind_).sent = chunk().size(); }
    /// The process has ended: reads what it left (bounded, whoever else may still write), waits for nobody, closes.
    void drain(Clients& clients);
    /// Gives the buffer's memory back after a burst.
    void trim() noexcept;

private:
    static constexpr std::size_t kPage = 4096;

    bool deliver(Clients& clients);
    void deliver_finally(Clients& clients);
    void forget_chunk(Clients& clients) noexcept;
    PumpResult pass(Client& client);
    PumpResult copy(Clients& clients);
    PumpResult read_failed(ssize_t got);
    ssize_t fill(std::size_t limit);
    void compact() noexcept;
    void log_lines();
    void log_all();
    std::size_t left_by_process() const;
    std::size_t room() const noexcept { return buffer_.size() - (text_end_ - logged_); }
    std::string_view chunk() const noexcept { return {buffer_.data() + chunk_begin_, text_end_ - chunk_begin_}; }

    LogStream kind_;
    UniqueFd source_;
    bool is_terminal_;
    std::span<char> buffer_;
    LogWriter* log_;
    // [0, logged_) is in the log, [logged_, text_end_) a line's beginning that waits for its end, and
    // [chunk_begin_, text_end_) what some client still has to get.
    std::size_t logged_ = 0;
    std::size_t chunk_begin_ = 0;
    std::size_t text_end_ = 0;
    std::size_t moved_ = 0;
};

}  // namespace skiff::oci::monitor
