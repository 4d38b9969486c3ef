#include "util/csv.h"

#include "util/error.h"
#include "util/text.h"

namespace skiff {
namespace {

[[noreturn]] void refuse(std::string_view record, std::string_view why) {
    throw Error{ErrorKind::Invalid, concat("list ", quote(record), ": ", why), "a,\"b,c\",d"};
}

}  // namespace

std::vector<std::string> split_csv(std::string_view record) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    bool closed = false;
    for (std::size_t i = 0; i < record.size(); ++i) {
        const char c = record[i];
        auto& field = fields.back();
        if (quoted) {
            const bool doubled = c == '"' && i + 1 < record.size() && record[i + 1] == '"';
            if (doubled) ++i;
            if (c == '"' && !doubled) {
                quoted = false;
                closed = true;
            } else {
                field += c;
            }
        } else if (c == ',') {
            fields.emplace_back();
            closed = false;
        } else if (c == '"' && field.empty() && !closed) {
            quoted = true;
        } else if (c == '"' || closed) {
            refuse(record, "a quotation mark inside a field must be doubled and the field quoted");
        } else {
            field += c;
        }
    }
    if (quoted) refuse(record, "a quoted field has no end");
    return fields;
}

}  // namespace skiff
