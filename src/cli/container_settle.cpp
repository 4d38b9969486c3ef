/// What a monitor executes at its end. Hidden: users have no use for it.

#include <memory>
#include <string>

#include "cli/define.h"
#include "cli/invocation.h"
#include "cli/options.h"
#include "libpod/runtime.h"

namespace skiff::cli {

namespace {

struct SettleCall {
    std::string id;
    std::string exec_session;
};

}  // namespace

void define_container_settle(CLI::App& command, Invocation& invocation) {
    auto call = std::make_shared<SettleCall>();
    add_argument(command, "ID", call->id);
    add_string(command, "--exec", call->exec_session, "SESSION", "Settle an exec session of the container");
    invocation.action = [call](libpod::Runtime& runtime) {
        if (call->exec_session.empty()) runtime.settle(call->id);
        else runtime.settle_exec(call->id, call->exec_session);
        return 0;
    };
}

}  // namespace skiff::cli
