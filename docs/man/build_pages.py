#!/usr/bin/env python3
"""Makes the manual (roff, man(7)) and the table behind --help from the pages in docs/man and docs/options.

usage: build_pages.py roff PAGE.1.md OUT.1 VERSION
       build_pages.py table OUT.h PAGE.1.md...

A page, NAME.1.md:

    # skiff run: create a container and start it      the command, and what it does
        skiff run [OPTIONS] IMAGE [COMMAND [ARG...]]  usage, indented
    Text. **bold**, *italic*, `literal`.
    ## Options
    @resources @environment/env                       all options of docs/options/resources.md, one of environment.md
    ### -i, --interactive                             or written here: names as --help shows them
    Text; the first sentence is what --help shows.
    ## Examples
        $ skiff run ...                               indented lines are kept as they are

A file in docs/options holds options, or lines of @names.
"""
import pathlib
import re
import sys


class Option:
    def __init__(self, synopsis):
        self.synopsis = synopsis
        self.lines = []

    def names(self):
        """The long names, or the letter where there is no long name; without dashes."""
        words = [re.split(r"[=\[ ]", word.strip())[0] for word in self.synopsis.split(", ")]
        long_names = [word[2:] for word in words if word.startswith("--")]
        return long_names or [words[0].lstrip("-")]

    def letters(self):
        return re.findall(r"(?:^|, )-([A-Za-z0-9])(?=,|$|=| )", self.synopsis)

    def takes_value(self):
        return "=" in self.synopsis and "[=" not in self.synopsis

    def sentence(self):
        text = " ".join(line for line in first_paragraph(self.lines))
        return plain(first_sentence(text))


class Page:
    def __init__(self, path):
        self.path = pathlib.Path(path).resolve()
        self.options = []
        self.sections = []  # (title, lines)
        lines = read_lines(self.path)
        heading = re.fullmatch(r"# (skiff(?: [a-z-]+)*): (.+)", lines[0])
        if not heading:
            sys.exit(f"{path}:1: the page does not begin with '# skiff COMMAND: summary'")
        self.title, self.summary = heading.groups()
        self.command = self.title.removeprefix("skiff").strip()
        self.read_sections(lines[1:])

    def read_sections(self, lines):
        title, body = "Description", []
        for line in lines + ["## "]:
            if line.startswith("## "):
                self.end_section(title, body)
                title, body = line[3:], []
            else:
                body.append(line)
        self.usage = [line.strip() for line in self.take_leading_block()]

    def end_section(self, title, body):
        if title == "Options":
            self.options = list(self.read_options(body, self.path))
            body = []
        self.sections.append((title, strip_blank(body)))

    def take_leading_block(self):
        """The indented lines in front of the description are the usage."""
        title, body = self.sections[0]
        count = next((i for i, line in enumerate(body) if line and not line.startswith("    ")), len(body))
        self.sections[0] = (title, strip_blank(body[count:]))
        return [line for line in body[:count] if line]

    def read_options(self, lines, origin):
        option = None
        for line in lines:
            if line.startswith("@"):
                if option:
                    yield option
                    option = None
                for name in line.split():
                    yield from self.read_fragment(name.removeprefix("@"), origin)
            elif line.startswith("### "):
                if option:
                    yield option
                option = Option(line[4:])
            elif option:
                option.lines.append(line)
            elif line.strip():
                sys.exit(f"{origin}: text before the first option: {line!r}")
        if option:
            yield option

    def read_fragment(self, name, origin):
        group, _, wanted = name.partition("/")
        path = self.path.parent.parent / "options" / f"{group}.md"
        if not path.exists():
            sys.exit(f"{origin}: no option file {path.name}")
        options = list(self.read_options(read_lines(path), path))
        if wanted:
            options = [option for option in options if wanted in option.names()]
        if not options:
            sys.exit(f"{origin}: no option {wanted} in {path.name}")
        yield from options

    def section(self, title):
        return next((body for name, body in self.sections if name == title), [])

    def sorted_options(self):
        return sorted(self.options, key=lambda option: option.names()[0])


def read_lines(path):
    """man(7) knows other characters by names only, which differ between formatters."""
    text = path.read_text()
    if not text.isascii():
        sys.exit(f"{path}: a character that is not ASCII")
    return text.splitlines()


def strip_blank(lines):
    lines = list(lines)
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def first_paragraph(lines):
    paragraph = []
    for line in strip_blank(lines):
        if not line.strip() or line.startswith(("    ", "- ")):
            break
        paragraph.append(line.strip())
    return paragraph


def first_sentence(text):
    return re.split(r"(?<=[^.\s][.)])\s+(?=[A-Z`*])", text, maxsplit=1)[0].rstrip(".:")


def plain(text):
    return re.sub(r"\*\*(.+?)\*\*|\*(.+?)\*|`(.+?)`", lambda m: m.group(1) or m.group(2) or m.group(3), text)


# ---------------------------------------------------------------- roff

def escape(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def guard(line):
    """A line that begins with a dot or an apostrophe would be a request."""
    return "\\&" + line if line.startswith((".", "'")) else line


def inline(text):
    out = []
    for part in re.split(r"(\*\*.+?\*\*|\*.+?\*|`.+?`)", text):
        if part.startswith("**") and len(part) > 4:
            out.append("\\fB" + escape(part[2:-2]) + "\\fR")
        elif part.startswith("`") and len(part) > 2:
            out.append("\\fB" + escape(part[1:-1]) + "\\fR")
        elif part.startswith("*") and len(part) > 2:
            out.append("\\fI" + escape(part[1:-1]) + "\\fR")
        else:
            out.append(escape(part))
    return guard("".join(out))


def roff_blocks(lines, inside_item=False):
    out, literal, paragraph = [], False, True
    for line in strip_blank(lines):
        if line.startswith("    "):
            if not literal:
                out += [".PP", ".RS 4", ".nf"] if not inside_item else [".sp", ".RS 4", ".nf"]
                literal = True
            out.append(guard(escape(line[4:])))
            continue
        if not line.strip() and literal:
            out.append("")
            continue
        if literal:
            while out[-1] == "":
                out.pop()
            out += [".fi", ".RE"]
            literal, paragraph = False, True
        if not line.strip():
            paragraph = True
        elif line.startswith("- "):
            out += [".IP \\(bu 2" if not inside_item else ".sp\n\\(bu", inline(line[2:])]
            paragraph = False
        else:
            if paragraph:
                out.append(".PP" if not inside_item else ".sp")
            out.append(inline(line.strip()))
            paragraph = False
    if literal:
        out += [".fi", ".RE"]
    return out[1:] if inside_item and out and out[0] == ".sp" else out


def synopsis_roff(synopsis):
    """Option names bold, values italic."""
    parts = []
    for word in synopsis.split(", "):
        name, mark, value = re.match(r"(-[^=\[ ]*)(\[?=?)(.*)", word).groups()
        parts.append(f"\\fB{escape(name)}\\fR" + (mark + f"\\fI{escape(value)}\\fR" if mark else ""))
    return ", ".join(parts)


def options_roff(page):
    out = [".SH OPTIONS"]
    for option in page.sorted_options():
        out += [".TP", synopsis_roff(option.synopsis), *roff_blocks(option.lines, inside_item=True)]
    return out


def roff(page, version):
    name = page.title.replace(" ", "-")
    out = ["." + "\\\" Made from docs/man by build_pages.py.", f'.TH {escape(name).upper()} 1 "" "skiff {version}" "User Commands"',
           ".SH NAME", f"{escape(name)} \\- {inline(page.summary)}", ".SH SYNOPSIS", ".nf",
           *[f"\\fB{escape(line)}\\fR" for line in page.usage], ".fi"]
    for title, body in page.sections:
        if title == "Options" and page.options:
            out += options_roff(page)
        elif title and body:
            out += [f".SH {title.upper()}", *roff_blocks(body)]
    return "\n".join(out) + "\n"


# ---------------------------------------------------------------- the table for --help

def literal(text):
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    # A trigraph or an overlong literal would be a warning.
    return '"' + quoted + '"'


def table(pages):
    out = ["// Made by docs/man/build_pages.py."]
    for number, page in enumerate(pages):
        rows = [f"    PageOption{{{literal(option.names()[0])}, {literal(option.synopsis)}, {literal(option.sentence())}}},"
                for option in page.sorted_options()]
        out += [f"constexpr std::array<PageOption, {len(rows)}> kOptions{number}{{", *rows, "};"]
    out.append(f"constexpr std::array<Page, {len(pages)}> kPages{{")
    for number, page in enumerate(pages):
        examples = "\n".join(line.removeprefix("    ") for line in page.section("Examples") if line.startswith("    "))
        text = plain(" ".join(first_paragraph(page.section("Description"))))
        fields = [page.command, page.summary, "\n".join(page.usage), text, examples]
        out.append(f"    Page{{{', '.join(literal(field) for field in fields)}, kOptions{number}}},")
    out.append("};")
    return "\n".join(out) + "\n"


def main():
    mode = sys.argv[1]
    if mode == "roff":
        source, target, version = sys.argv[2:5]
        pathlib.Path(target).write_text(roff(Page(source), version))
    elif mode == "table":
        pages = sorted((Page(path) for path in sys.argv[3:]), key=lambda page: page.command)
        pathlib.Path(sys.argv[2]).write_text(table(pages))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
