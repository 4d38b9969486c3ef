#!/usr/bin/python3 -ISB
"""Manual pages are well-formed; with a binary, pages, parser and completion agree.

usage: check_docs.py [SKIFF]

Compares, for each command of `skiff __dump`: that it has a page and each page a command; the options of both, with
their letters, and whether they take a value; and that completion offers each option. Prints each difference.
"""
import importlib.util
import json
import pathlib
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]


def load_builder():
    spec = importlib.util.spec_from_file_location("build_pages", TOP / "docs/man/build_pages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read_pages():
    builder = load_builder()
    pages = {}
    for path in sorted((TOP / "docs/man").glob("*.1.md")):
        page = builder.Page(path)
        if path.name != page.title.replace(" ", "-") + ".1.md":
            report(f"{path.name}: the title says {page.title}")
        builder.roff(page, "0")
        pages[page.command] = page
    return pages


problems = []


def report(text):
    problems.append(text)


def check_pages(pages):
    used = (TOP / "docs/man/meson.build").read_text()
    for command, page in pages.items():
        name = page.path.name.removesuffix(".1.md")
        if f"'{name}'" not in used:
            report(f"{page.path.name}: not in docs/man/meson.build")
        for option in page.options:
            if not option.sentence():
                report(f"{page.path.name}: {option.synopsis} has no text")
        seen = [option.names()[0] for option in page.options]
        for twice in {name for name in seen if seen.count(name) > 1}:
            report(f"{page.path.name}: {twice} is described twice")


def dump(skiff):
    """All commands, "" being the global options."""
    return json.loads(subprocess.run([skiff, "__dump"], check=True, capture_output=True, text=True).stdout)


def check_options(command, page, options):
    name = command or "skiff"
    described = {option.names()[0]: option for option in page.options}
    accepted = {(option["names"] or option["short"])[0]: option for option in options if not option["hidden"]}
    for missing in sorted(accepted.keys() - described.keys()):
        report(f"{name}: the page does not have --{missing}")
    for extra in sorted(described.keys() - accepted.keys()):
        report(f"{name}: the page has --{extra}, the parser has not")
    for key in sorted(accepted.keys() & described.keys()):
        page_option, option = described[key], accepted[key]
        if sorted(page_option.letters()) != sorted(option["short"]):
            report(f"{name}: --{key} has the letters {option['short']}, the page says {page_option.letters()}")
        if page_option.takes_value() != option["takes_value"]:
            report(f"{name}: --{key}: page and parser differ in whether it takes a value")
        for other in page_option.names()[1:]:
            if other not in option["names"]:
                report(f"{name}: the page has --{other}, the parser has not")


def check_completion(skiff, command, options):
    words = command.split() + ["--"]
    output = subprocess.run([skiff, "__complete", *words], check=True, capture_output=True, text=True).stdout
    offered = {line.split("\t")[0] for line in output.splitlines() if not line.startswith(":")}
    wanted = {"--" + option["names"][0] for option in options if option["names"] and not option["hidden"]}
    for missing in sorted(wanted - offered):
        report(f"{command or 'skiff'}: completion does not offer {missing}")


def check_binary(skiff, pages):
    found = {entry["name"]: entry for entry in dump(skiff)}
    commands = {name for name, entry in found.items() if not entry.get("group") and not entry.get("hidden")}
    for missing in sorted(commands - pages.keys()):
        report(f"{missing}: no page")
    for extra in sorted(pages.keys() - commands):
        report(f"{extra}: a page without a command")
    for name in sorted(commands & pages.keys()):
        check_options(name, pages[name], found[name]["options"])
        check_completion(skiff, name, found[name]["options"])


def main():
    pages = read_pages()
    check_pages(pages)
    if len(sys.argv) > 1:
        check_binary(sys.argv[1], pages)
    for problem in problems:
        print(problem)
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
