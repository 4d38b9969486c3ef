#include <doctest/doctest.h>

#include "oci/monitor/notify_proxy.h"

using skiff::oci::monitor::filtered_notification;

TEST_CASE("of a container's notification its state goes on, with the monitor as main process once it is ready") {
    CHECK(filtered_notification("READY=1", 7) == "MAINPID=7\nREADY=1\n");
    CHECK(filtered_notification("STATUS=half\nMAINPID=1\nFDSTORE=1\nWATCHDOG_USEC=5\n", 7) == "STATUS=half\n");
    CHECK(filtered_notification("READY=1\nSTATUS=up\nNOTIFYACCESS=all", 7) == "MAINPID=7\nREADY=1\nSTATUS=up\n");
    CHECK(filtered_notification("READY=0\nBARRIER=1\n", 7).empty());
}
