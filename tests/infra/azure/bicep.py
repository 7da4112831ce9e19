"""Knows how to read our dialect of Bicep into plain values, with tree-sitter's grammar. Knows no resource and no rule.

What a template computes stays `Code`, the text of its expression: nothing is evaluated. The compiler itself cannot be
had from a package registry, so this is what tests have instead of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import tree_sitter_bicep
from tree_sitter import Language, Node, Parser

_PARSER = Parser(Language(tree_sitter_bicep.language()))


class NotOurBicep(Exception):
    """The text is not Bicep, or uses more of it than our templates do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """An expression as it is written; `names` are the declarations it refers to, `calls` the functions."""

    text: str
    names: frozenset[str]
    calls: frozenset[str]
    is_text: bool
    """Whether it is a string with holes, and so a string whatever is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """A list with one element for each of `of`."""

    of: Code
    element: Value


Value = str | int | bool | None | Code | Each | list["Value"] | dict[str, "Value"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One input of a template."""

    name: str
    type: str
    has_default: bool
    default: Value
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource; `existing` ones are only looked up."""

    symbol: str
    type: str
    version: str
    is_existing: bool
    condition: Code | None
    body: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One use of another template."""

    symbol: str
    path: str
    condition: Code | None
    body: dict[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One file."""

    scope: str
    parameters: Mapping[str, Parameter]
    variables: Mapping[str, Value]
    resources: Mapping[str, Resource]
    modules: Mapping[str, Module]
    outputs: Mapping[str, Value]

    @property
    def made(self) -> Iterator[Resource]:
        """The resources that it creates."""
        return (resource for resource in self.resources.values() if not resource.is_existing)

    @property
    def declared(self) -> set[str]:
        """Every name that an expression may refer to."""
        return {*self.parameters, *self.variables, *self.resources, *self.modules}


def read_folder(folder: Path) -> dict[str, str]:
    """The text of every template in a folder, by its path in it."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.bicep"))}


_DECLARATIONS = ("target_scope_assignment", "parameter", "variable", "resource", "module", "output")


def parse(text: str) -> Template:
    """Read one template; raises `NotOurBicep` with the place."""
    root = _PARSER.parse(text.encode()).root_node
    if (wrong := _error(root)) is not None:
        raise _not_ours(wrong, "not Bicep")
    found: dict[str, list[Node]] = {kind: [] for kind in _DECLARATIONS}
    decorators: dict[str, list[Node]] = {}
    waiting: list[Node] = []
    for node in _without_comments(root):
        kind = node.type.removesuffix("_declaration")
        if kind == "decorators":
            waiting = node.named_children
            continue
        if kind not in found:
            raise _not_ours(node, kind)
        found[kind].append(node)
        decorators[_name(node)], waiting = waiting, []
    scopes = [_literal(node.named_children[0]) for node in found["target_scope_assignment"]]
    return Template(
        scope=scopes[0] if scopes else "resourceGroup",
        parameters={_name(node): _parameter(node, decorators[_name(node)]) for node in found["parameter"]},
        variables={_name(node): value(node.named_children[1]) for node in found["variable"]},
        resources={_name(node): _resource(node) for node in found["resource"]},
        modules={_name(node): _module(node) for node in found["module"]},
        outputs={_name(node): value(node.named_children[2]) for node in found["output"]},
    )


def value(node: Node) -> Value:
    """What an expression is, as far as it says so itself."""
    read = _READERS.get(node.type)
    return _code(node) if read is None or _has_holes(node) else read(node)


def _has_holes(node: Node) -> bool:
    return node.type == "string" and any(part.type != "string_content" for part in node.named_children)


def _array(node: Node) -> Value:
    """Each element on a line of its own: the grammar takes a call that begins an element for two elements."""
    items = _without_comments(node)
    if len({item.start_point.row for item in items}) < len(items):
        raise _not_ours(node, "two elements of a list on one line")
    return [value(item) for item in items]


def _object(node: Node) -> Value:
    return {_key(item): value(item.named_children[1]) for item in _without_comments(node)}


def _each(node: Node) -> Value:
    _, of, element = _without_comments(node)
    return Each(of=_code(of), element=value(element))


def _nothing(_: Node) -> Value:
    return None


def _parameter(node: Node, decorators: list[Node]) -> Parameter:
    name, type_, *default = _without_comments(node)
    called = {_text(d.named_children[0].named_children[0]): d.named_children[0] for d in decorators}
    description = called.get("description")
    return Parameter(
        name=_text(name),
        type=_text(type_),
        has_default=bool(default),
        default=value(default[0]) if default else None,
        description="" if description is None else _literal(description.named_children[1].named_children[0]),
    )


def _resource(node: Node) -> Resource:
    type_, _, version = _literal(node.named_children[1]).partition("@")
    condition, body = _body(node)
    is_existing = any(child.type == "existing" for child in node.children)
    return Resource(
        symbol=_name(node), type=type_, version=version, is_existing=is_existing, condition=condition, body=body
    )


def _module(node: Node) -> Module:
    condition, body = _body(node)
    return Module(symbol=_name(node), path=_literal(node.named_children[1]), condition=condition, body=body)


def _body(node: Node) -> tuple[Code | None, dict[str, Value]]:
    last, condition = node.named_children[-1], None
    if last.type == "if_statement":
        condition, last = _code(last.named_children[0].named_children[0]), last.named_children[-1]
    body = value(last)
    if not isinstance(body, dict):
        raise _not_ours(node, "no object")
    return condition, body


def _code(node: Node) -> Code:
    names, calls = set[str](), set[str]()
    _collect(node, names, calls)
    return Code(text=_text(node), names=frozenset(names), calls=frozenset(calls), is_text=node.type == "string")


def _collect(node: Node, names: set[str], calls: set[str]) -> None:
    """What an expression refers to; keys of objects and properties of values are no references."""
    if node.type == "identifier":
        names.add(_text(node))
        return
    children = node.named_children
    if node.type == "call_expression" and children[0].type == "identifier":
        calls.add(_text(children[0]))
        children = children[1:]
    elif node.type == "object_property":
        children = children[1:]
    for child in children:
        _collect(child, names, calls)


def _error(node: Node) -> Node | None:
    if node.is_error or node.is_missing:
        return node
    return next((found for child in node.children if (found := _error(child)) is not None), None)


def _not_ours(node: Node, why: str) -> NotOurBicep:
    return NotOurBicep(f"line {node.start_point.row + 1}: {why}")


def _without_comments(node: Node) -> list[Node]:
    return [child for child in node.named_children if child.type != "comment"]


def _key(node: Node) -> str:
    if node.type != "object_property":
        raise _not_ours(node, node.type)
    key = node.named_children[0]
    return _text(key) if key.type == "identifier" else _literal(key)


def _name(node: Node) -> str:
    return _text(node.named_children[0])


def _literal(node: Node) -> str:
    return _text(node)[1:-1].replace("\\'", "'")


def _text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


_READERS: dict[str, Callable[[Node], Value]] = {
    "string": _literal,
    "number": lambda node: int(_text(node)),
    "boolean": lambda node: _text(node) == "true",
    "null": _nothing,
    "array": _array,
    "object": _object,
    "for_statement": _each,
}
"""What is read for what it is; everything else is an expression."""
