"""`{api}`: the public names of a module, each with its signature and docstring, the PyTorch twin named beside it.

Docstrings are plain text: paragraphs, `- ` lists, indented or `>>>` code, names in single backticks, and lines
`argument: what it is`.  A name in backticks that is on some page of the reference becomes a link to it.
"""

import ast
import functools
import importlib
import inspect
import pkgutil
import re
import textwrap

from docutils import nodes
from docutils.parsers.rst import directives
from editions import WITH_TORCH
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

import dlnotes

INLINE = re.compile(r"`([^`]+)`|(?<!\w)('[\w-]+')(?!\w)|(?<![\w*])\*(?=\S)([^*`]+?)(?<=\S)\*(?![\w*])")
HOOKS = {"forward", "extra_repr", "update", "rate"}  # what a subclass fills in: the class says what it does
TORCH = ["", "nn", "nn.functional", "nn.init", "optim", "optim.lr_scheduler", "nn.utils", "optim.swa_utils"]
LONG = 36  # characters of a default value that are shown


@functools.cache
def modules() -> list[str]:
    """The modules of dlnotes that say what is public; those of dlnotes.torch are shown beside their twins."""
    found = (info.name for info in pkgutil.walk_packages(dlnotes.__path__, "dlnotes."))
    found = [n for n in found if not re.search(r"\._|\.torch|\.(data|check|explore|plot)\.", n)]  # or parts of one
    return [n for n in found if n != "dlnotes.numpy" and getattr(importlib.import_module(n), "__all__", ())]


def flat(module: str) -> str:
    """Where a reader finds the module's names: those of dlnotes.numpy are re-exported, but for the filters."""
    own = module.startswith("dlnotes.numpy.") and module != "dlnotes.numpy.filters"
    return "dlnotes.numpy" if own else module


def public(module: str, names: list[str] | None = None) -> dict[str, object]:
    """Public names in full, and what they are called."""
    found = importlib.import_module(module)
    return {f"{flat(module)}.{name}": getattr(found, name) for name in names or found.__all__}


def members(full: str, thing: object) -> dict[str, object]:
    """What a class brings of its own, by name in full."""
    own = vars(thing) if isinstance(thing, type) else {}
    return {f"{full}.{name}": value for name, value in own.items() if is_member(name, value)}


def is_member(name: str, value: object) -> bool:
    return not name.startswith("_") and (inspect.isfunction(value) or isinstance(value, property))


@functools.cache
def everything() -> set[str]:
    """Every name that has a place in the reference."""
    names = set()
    for module in modules():
        for full, thing in public(module).items():
            names |= {full, *(m for m, value in members(full, thing).items() if documented(value))}
    return names


def documented(thing: object) -> str:
    """The docstring that was written for this very thing."""
    plain = inspect.isroutine(thing) or inspect.isclass(thing) or inspect.ismodule(thing) or isinstance(thing, property)
    return inspect.cleandoc(thing.__doc__) if plain and thing.__doc__ else ""


# ---------------------------------------------------------------------- signatures
def plain(text: str, *classes: str) -> nodes.inline:
    """A piece of code, whose quotes stay straight."""
    return nodes.inline(text=text, classes=list(classes), support_smartquotes=False)


def signature(name: str, thing: object) -> list[nodes.inline]:
    """`name(argument: type = default, ...) -> type`; the page breaks it where it must."""
    pieces = [plain("class ", "kind")] if isinstance(thing, type) else []
    pieces.append(plain(name, "name"))
    if not callable(thing):
        return pieces if isinstance(thing, property) else [*pieces, plain(f" = {thing!r}")]
    given = asked(thing)
    pieces.append(plain("("))
    for i, argument in enumerate(arguments(given)):
        pieces += [plain(", "), *argument] if i else argument
    pieces.append(plain(")"))
    if given.return_annotation not in (inspect.Signature.empty, None, "None") and not isinstance(thing, type):
        pieces.append(plain(f" -> {kind(given.return_annotation)}", "kind"))
    return pieces


def asked(thing: object) -> inspect.Signature:
    """The signature; an empty one where a class has a built-in's, which Python does not know."""
    try:
        return inspect.signature(thing)
    except ValueError:
        return inspect.Signature()


def arguments(given: inspect.Signature) -> list[list[nodes.inline]]:
    parameters = [p for p in given.parameters.values() if p.name != "self"]
    found, starred = [], any(p.kind == p.VAR_POSITIONAL for p in parameters)
    for p in parameters:
        if p.kind == p.KEYWORD_ONLY and not starred:
            found.append([plain("*")])
            starred = True
        stars = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        pieces = [plain(stars + p.name)]
        if p.annotation not in (p.empty, "Any"):
            pieces.append(plain(f": {kind(p.annotation)}", "kind"))
        if p.default is not p.empty:
            pieces.append(plain(f" = {default(p.default)}"))
        found.append(pieces)
    return found


def kind(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    return re.sub(r"\b(dlnotes\.[\w.]*|collections\.abc|typing)\.(?=\w)", "", text).replace("numpy.", "np.")


def default(value: object) -> str:
    text = getattr(value, "__name__", None) or repr(value)
    return text if len(text) <= LONG else "..."


# ---------------------------------------------------------------------- docstrings
class Prose:
    """A docstring as nodes: `scope` are the dotted names in which a name in backticks is looked for."""

    def __init__(self, docname: str, known: set[str], scope: list[str], names: set[str]):
        self.docname, self.known, self.scope, self.names = docname, known, scope, names

    def blocks(self, text: str) -> list[nodes.Node]:
        found = []
        for block in re.split(r"\n[ \t]*\n", text):
            if block.lstrip().startswith(">>>"):
                found.append(code(textwrap.dedent(block), "pycon"))
            elif block.startswith("    "):
                found.append(code(textwrap.dedent(block), "python" if is_python(block) else "text"))
            elif block.startswith("- "):
                found.append(self.bullets(block))
            else:
                found += self.paragraphs(block)
        return found

    def bullets(self, block: str) -> nodes.bullet_list:
        items = re.split(r"\n(?=- )", block)
        return nodes.bullet_list("", *(nodes.list_item("", self.paragraph(item[2:])) for item in items))

    def paragraphs(self, block: str) -> list[nodes.Node]:
        """Running text, and lists of arguments where lines begin with their names."""
        found, text = [], []
        for line in self.lines(block):
            head, colon, rest = line.partition(": ")
            if colon and self.is_argument(head):
                if text:
                    found.append(self.paragraph(" ".join(text)))
                    text = []
                if not (found and isinstance(found[-1], nodes.definition_list)):
                    found.append(nodes.definition_list(classes=["arguments"]))
                term = nodes.term("", "", nodes.literal(text=head))
                found[-1] += nodes.definition_list_item("", term, nodes.definition("", self.paragraph(rest)))
            else:
                text.append(line)
        return [*found, self.paragraph(" ".join(text))] if text else found

    def lines(self, block: str) -> list[str]:
        """The block's lines, with what belongs to an argument joined to its first line."""
        lines: list[str] = []
        for line in block.split("\n"):
            for piece in re.split(r"(?<=\.)  (?=[\w, ]+: )", line):
                piece, indented = piece.strip(), piece.startswith(" ")
                open_argument = lines and self.is_argument(lines[-1].partition(": ")[0])
                goes_on = indented or open_argument and not lines[-1].endswith(".")
                if lines and goes_on and not self.is_argument(piece.partition(": ")[0]):
                    lines[-1] += " " + piece
                else:
                    lines.append(piece)
        return lines

    def is_argument(self, head: str) -> bool:
        return all(name.strip("*` ") in self.names for name in head.split(","))

    def paragraph(self, text: str) -> nodes.paragraph:
        return nodes.paragraph("", "", *self.inline(" ".join(text.split())))

    def inline(self, text: str) -> list[nodes.Node]:
        found, at = [], 0
        for match in INLINE.finditer(text):
            found.append(nodes.Text(text[at : match.start()]))
            name, string, stressed = match.groups()
            quoted = nodes.literal(text=string) if string else nodes.emphasis(text=stressed)
            found.append(self.name(name) if name else quoted)
            at = match.end()
        return [*found, nodes.Text(text[at:])]

    def name(self, text: str) -> nodes.Node:
        """Code; a link, if it is a name of the reference."""
        bare = text.removesuffix("()").removeprefix("dn.")
        for scope in self.scope:
            if f"{scope}.{bare}" in self.known:
                return link(self.docname, f"{scope}.{bare}", text)
        return nodes.literal(text=text)


def link(docname: str, full: str, text: str) -> addnodes.pending_xref:
    return addnodes.pending_xref(
        "", nodes.literal(text=text), refdomain="py", reftype="obj", reftarget=full, refdoc=docname, refexplicit=True
    )


def is_python(block: str) -> bool:
    """Whether an indented block is a program; it may be a drawing."""
    try:
        ast.parse(textwrap.dedent(block))
    except SyntaxError:
        return False
    return True


def code(text: str, language: str) -> nodes.literal_block:
    return nodes.literal_block(text, text, language=language)


# ---------------------------------------------------------------------- twins
def twin(full: str, thing: object) -> tuple[str, str] | None:
    """What the name is in PyTorch, and its docstring there if it differs."""
    if not full.startswith("dlnotes.numpy.") or not WITH_TORCH:
        return None
    path = full.removeprefix("dlnotes.numpy.")
    other = importlib.import_module("dlnotes.torch")
    for part in path.split("."):
        other = getattr(other, part)
    for space in TORCH:
        home = importlib.import_module("torch")
        for part in filter(None, space.split(".")):
            home = getattr(home, part)
        if getattr(home, path.split(".")[-1], None) is other:
            return ".".join(filter(None, ["torch", space, path.split(".")[-1]])), ""
    said = documented(other) if getattr(other, "__module__", "").startswith("dlnotes.") else ""
    return f"dt.{path}", "" if said == documented(thing) else said


# ---------------------------------------------------------------------- the directive
class Api(SphinxDirective):
    """Each argument is a module; `:names:` where it does not say itself what is public."""

    required_arguments, optional_arguments, final_argument_whitespace = 1, 0, True
    option_spec = {"names": directives.unchanged}

    def run(self):
        names = self.options.get("names", "").split() or None
        shown = [m for m in self.arguments[0].split() if WITH_TORCH or not m.startswith("dlnotes.torch")]
        return [self.module(module, names) for module in shown]

    def module(self, module: str, names: list[str] | None) -> nodes.section:
        found = importlib.import_module(module)
        self.env.note_dependency(found.__file__)
        self.known, self.called = everything(), public(module, names)
        title = "" if module.startswith("dlnotes.numpy.") else "dlnotes."
        title += module.removeprefix("dlnotes.numpy.").removeprefix("dlnotes.")
        section = nodes.section("", nodes.title("", "", nodes.literal(text=title)), ids=[f"module-{module}"])
        section += self.prose(flat(module)).blocks(documented(found))
        for full, thing in self.called.items():
            section += self.entry(full, thing)
        return section

    def prose(self, *scope: str, thing: object = None) -> Prose:
        named = set(asked(thing).parameters) if callable(thing) else set()
        everywhere = [*scope, "dlnotes.numpy", "dlnotes", *modules()]
        return Prose(self.env.docname, self.known, everywhere, named)

    def entry(self, full: str, thing: object) -> nodes.section:
        kind = "class" if isinstance(thing, type) else "function" if callable(thing) else "data"
        title = nodes.title("", "", nodes.literal(text=full.split(".")[-1]))
        section = nodes.section("", title, ids=[full], classes=["api"])
        self.env.get_domain("py").note_object(full, kind, full)
        section += nodes.paragraph("", "", *signature(self.written(full), thing), classes=["signature"])
        section += self.prose(full, full.rpartition(".")[0], thing=thing).blocks(documented(thing))
        section += self.members(full, thing)
        section += self.twin(full, thing)
        return section

    def written(self, full: str) -> str:
        """How a program calls it: dn.relu, dn.filters.sobel, train.fit."""
        return re.sub(r"^dlnotes\.(numpy\b)?", lambda m: "dn" if m[1] else "", full)

    def members(self, full: str, thing: object) -> list[nodes.Node]:
        found, listed, bare = members(full, thing), nodes.definition_list(classes=["members"]), []
        for name, value in found.items():
            said = documented(value)
            if not said:
                bare.append(name)
                continue
            prose = self.prose(full, full.rpartition(".")[0], thing=value)
            term = nodes.term("", "", *signature(name.split(".")[-1], value), ids=[name], classes=["signature"])
            self.env.get_domain("py").note_object(name, "attribute" if isinstance(value, property) else "method", name)
            listed += nodes.definition_list_item("", term, nodes.definition("", *prose.blocks(said)))
        bare = [name.split(".")[-1] for name in bare if name.split(".")[-1] not in HOOKS]
        functions = [name for name in bare if f"dlnotes.numpy.{name}" in self.known]
        other = [name for name in bare if name not in functions]
        said = {"Attributes": other, "Functions that are methods, too": functions}
        also = [f"{what}: {', '.join(f'`{name}`' for name in sorted(names))}." for what, names in said.items() if names]
        return [*([listed] if len(listed) else []), *(self.prose("dlnotes.numpy").paragraph(line) for line in also)]

    def twin(self, full: str, thing: object) -> list[nodes.Node]:
        other = twin(full, thing)
        if other is None:
            return []
        name, said = other
        node = nodes.paragraph("", "", nodes.strong(text="PyTorch"), nodes.Text(" "), classes=["twin"])
        node += nodes.literal(text=name)
        first, *more = self.prose("dlnotes.numpy").blocks(said) if said else [None]
        if first is not None:
            node += [nodes.Text(": "), *first.children]
        return [node, *more]


def setup(app):
    app.add_directive("api", Api)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
