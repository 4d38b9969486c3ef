#include "image/search_job.h"

#include "util/json.h"
#include "util/worker.h"

namespace skiff::image {

std::vector<registry::SearchResult> run_search(const registry::SearchRequest& request) {
    const auto answer = run_in_worker("searching", [&](const WorkerChannel&) {
        Json list = Json::array();
        for (const auto& [index, name, description, stars, official, automated, tag] : registry::search(request))
            list.push_back({{"index", index}, {"name", name}, {"description", description}, {"stars", stars}, {"official", official}, {"automated", automated}, {"tag", tag}});
        return dump(list);
    });
    std::vector<registry::SearchResult> results;
    for (const auto& one : parse_json(answer, "the worker's answer"))
        results.push_back({string_or(one, "index"), string_or(one, "name"), string_or(one, "description"), static_cast<long>(int_or(one, "stars")),
                           bool_or(one, "official"), bool_or(one, "automated"), string_or(one, "tag")});
    return results;
}

}  // namespace skiff::image
