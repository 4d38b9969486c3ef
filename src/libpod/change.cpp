#include "libpod/lifecycle.h"
#include "util/error.h"
#include "util/text.h"

namespace skiff::libpod {

void commit_change(const Runtime& runtime, ContainerRow& row, std::string_view cause,
                   const std::function<void(ContainerState&)>& change) {
    state::Transaction transaction{runtime.db()};
    auto current = read_container(runtime.db(), row.id);
    if (!current) throw Error{ErrorKind::NotFound, concat("container ", quote(row.name), " was removed meanwhile: no such container")};
    const State before = current->state.state;
    change(current->state);
    write_state(runtime.db(), row.id, current->state);
    if (current->state.state != before) record_transition(runtime.db(), row.id, before, current->state.state, cause);
    transaction.commit();
    row = std::move(*current);
}

}  // namespace skiff::libpod
