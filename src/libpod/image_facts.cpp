#include "libpod/image_facts.h"

#include "image/image_store.h"
#include "util/json.h"

namespace skiff::libpod {

ImageFacts facts_of(const image::ImageRecord& image, const std::string& raw_name) {
    const auto config = image.parsed_config();
    ImageFacts facts;
    facts.id = image.id;
    facts.name = image.display_name();
    facts.raw_name = raw_name;
    if (image.top_layer) facts.top_layer = image.top_layer->text();
    facts.env = config.env;
    facts.cmd = config.cmd;
    facts.entrypoint = config.entrypoint;
    facts.working_dir = config.working_dir;
    facts.user = config.user;
    facts.stop_signal = config.stop_signal;
    facts.volumes = config.volumes;
    facts.exposed_ports = config.exposed_ports;
    facts.labels = config.labels;
    const Json document = parse_json(image.config, "image config");
    if (const Json* process = member(document, "config")) {
        if (const Json* check = member(*process, "Healthcheck")) facts.healthcheck_json = dump(*check);
    }
    return facts;
}

}  // namespace skiff::libpod
