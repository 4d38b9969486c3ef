#pragma once
/// Go templates (text/template) over JSON, with podman's functions: json join split lower upper title
/// pad truncate. Errors are one line, as Go words them: `template: ps:1:3: executing "ps" at <.Foo>:
/// can't evaluate field Foo`. Bounded in depth, steps and output, whatever the template says.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cli/format/value.h"

namespace skiff::cli {

namespace tmpl {
struct Program;
}

struct TemplateLimits {
    int depth = 100;                              ///< nested `template` calls
    std::size_t steps = 20'000'000;               ///< nodes evaluated in one execution
    std::size_t output_bytes = 256 * 1024 * 1024;  ///< of one execution
};

struct TemplateOptions {
    /// `\t` and `\n` written out in the text between actions become the characters (a shell hands them
    /// over so). Inside actions, string literals have Go's own escapes.
    bool unescape_text = false;
    /// Spaces in the text between actions are column marks (tabs), as in podman's `table` formats.
    bool spaces_are_tabs = false;
    /// Points in time print as the document has them, as docker's do, not as podman's (Go's time.Time).
    bool times_as_text = false;
    /// Added to columns of the first line in messages: for text after a prefix such as "table ".
    int column_offset = 0;
    TemplateLimits limits;
};

class Template {
public:
    /// Throws Error{Invalid} with the position of the first mistake. `name` stands in messages.
    static Template parse(std::string_view name, std::string_view text, const TemplateOptions& options = {});

    /// Appends the result for `dot` to `out`. `methods` belong to `dot`, and to its elements when `dot`
    /// is a list. Throws Error{Invalid}.
    void execute(const OrderedJson& dot, std::string& out, const Methods& methods = {},
                 const MapNames& maps = podman_maps()) const;

    /// The headings of a table: every field is replaced by `title(name)`, which throws Error{Invalid} for
    /// a name there is none of; functions other than those that print leave titles as they are.
    void execute_titles(const std::function<std::string(std::string_view name)>& title, std::string& out) const;

private:
    explicit Template(std::shared_ptr<const tmpl::Program> program) : program_{std::move(program)} {}
    std::shared_ptr<const tmpl::Program> program_;
};

}  // namespace skiff::cli
