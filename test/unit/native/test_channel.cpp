#include <doctest/doctest.h>
#include <sys/socket.h>

#include <thread>

#include "oci/native/channel.h"

using namespace skiff;
using namespace skiff::oci::native;

namespace {

struct Ends {
    Channel parent, child;
    Ends() {
        SocketPair sockets = make_socket_pair(SOCK_SEQPACKET);
        parent = Channel{std::move(sockets.first)};
        child = Channel{std::move(sockets.second)};
    }
};

}  // namespace

TEST_CASE("channel: what the child said is heard, though it left without listening") {
    Ends ends;
    ends.parent.send(Note::Prepared, "unread");
    ends.child.send_failure(Error{ErrorKind::CommandNotFound, "no such program"});
    ends.child.close();
    SUBCASE("when it is asked for") {}
    SUBCASE("when more is to be said") { CHECK_THROWS_AS(ends.parent.send(Note::HooksDone), SystemError); }
    CHECK_THROWS_WITH(static_cast<void>(ends.parent.expect(Note::Ready)), "no such program");
}

TEST_CASE("channel: what the child said is heard whenever it leaves") {
    for (int round = 0; round < 300; ++round) {
        Ends ends;
        ends.parent.send(Note::Prepared, "unread");
        std::thread child{[&] {
            ends.child.send_failure(Error{ErrorKind::CommandNotFound, "no such program"});
            for (int wait = 0; wait < round; ++wait) std::this_thread::yield();
            ends.child.close();
        }};
        CHECK_THROWS_WITH(static_cast<void>(ends.parent.expect(Note::Ready)), "no such program");
        child.join();
    }
}

TEST_CASE("channel: the end without a word is an end") {
    Ends ends;
    ends.parent.send(Note::Prepared, "unread");
    ends.child.close();
    Packet packet;
    CHECK_FALSE(ends.parent.receive(packet));
}
