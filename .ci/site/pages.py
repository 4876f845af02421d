"""What the site needs besides the files of docs/: the README as its first page, links to the rest of the tree, and lists as GitHub
reads them."""

import logging
import posixpath
import re
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
HOME = "https://github.com/eni-failover/eni-failover/blob/main/"
log = logging.getLogger("mkdocs.plugins.pages")  # what it warns of ends a strict build

LINK = re.compile(r"\]\(([^)\s#:]+)(#[^)\s]*)?\)")
# A picture for each colour scheme can only be written as HTML.
PICTURE = re.compile(r"\b(src|srcset)=\"([^\":]+)\"")
# A name in the first column of a table is not broken.
CSS = ".md-typeset td:first-child code { white-space: nowrap; }\n"
LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?(?:src|href)=\"((?:https?:)?//[^\"]+)")
ITEM = re.compile(r"(\d+\. |- )\S")


def on_files(files, config):
    files.append(File.generated(config, "index.md", content=(ROOT / "README.md").read_text()))
    files.append(File.generated(config, "site.css", content=CSS))
    return files


def on_page_markdown(markdown, page, config, files):
    folder = "" if page.file.src_uri == "index.md" else "docs"
    lines, fenced, width = [], False, 0
    for line in markdown.splitlines():
        if width and not fenced and ITEM.match(line) and lines[-1].startswith(" "):
            lines.append("")  # else it would belong to the paragraph before
        width = indentation(line, width, fenced)
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            line = LINK.sub(lambda m: f"]({target(folder, m[1], page)}{m[2] or ''})", line)
            line = PICTURE.sub(lambda m: f'{m[1]}="{target(folder, m[2], page)}"', line)
        if width and line.startswith(" " * width):
            line = " " * (4 - width) + line
        lines.append(line)
    return "\n".join(lines) + "\n"


def on_post_page(output, page, config):
    for loaded in LOADED.findall(output):
        log.warning("%s loads %s", page.file.src_uri, loaded)
    for text in re.findall(r"<p>(.*?)</p>", output, re.DOTALL):
        if re.search(r"^(\d+\. |- |\|)", text, re.MULTILINE):
            log.warning("%s has a list or a table that became text: %.80s", page.file.src_uri, text)
    return output


def indentation(line, width, fenced):
    """How far GitHub indents what belongs to the list item that a line is in; 0 outside of lists. Python-Markdown wants 4."""
    if fenced or not line or line.startswith(" " * (width or 4)):
        return width
    item = ITEM.match(line)
    return len(item[1]) if item else 0


def target(folder, link, page):
    """A link of a page, as seen from docs/, where the site has its pages. What is not there is on GitHub."""
    path = posixpath.normpath(posixpath.join(folder, link))
    if not (ROOT / path).exists():
        log.warning("%s links to %s, which does not exist", page.file.src_uri, link)
    if path == "README.md":
        return "index.md"
    return posixpath.relpath(path, "docs") if path.startswith("docs/") else HOME + path
