"""Knows how our templates have to fit together: names, parameters and outputs. Knows no resource of Azure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from posixpath import dirname, join

from .bicep import Code, Each, Module, NotOurBicep, Template, Value, parse

FUNCTIONS = frozenset(
    {"empty", "environment", "guid", "json", "resourceGroup", "string", "subscription", "subscriptionResourceId"}
    | {"toLower", "uniqueString"}
)
"""Those of Bicep that we use; another one is a slip until it stands here."""

MAIN = "main.bicep"


def read(files: Mapping[str, str]) -> tuple[dict[str, Template], list[str]]:
    """The templates, and a finding for each file that is none."""
    templates: dict[str, Template] = {}
    findings: list[str] = []
    for path, text in files.items():
        try:
            templates[path] = parse(text)
        except NotOurBicep as error:
            findings.append(f"{path}: {error}")
    return templates, findings


def check(templates: Mapping[str, Template], parameters: str) -> Iterator[str]:
    """What does not fit; `parameters` is the text of main.parameters.json."""
    used = {MAIN}
    for path, template in templates.items():
        yield from _names(path, template)
        for module in template.modules.values():
            target = join(dirname(path), module.path)
            used.add(target)
            if target not in templates:
                yield f"{path}: module {module.symbol}: there is no {target}"
                continue
            yield from _parameters_of(path, module, templates[target])
            yield from _outputs_of(path, template, module, templates[target])
    yield from (f"{path}: no template uses it" for path in templates.keys() - used)
    yield from _parameter_file(templates[MAIN], parameters)


def codes(value: Value) -> Iterator[Code]:
    """Every expression in a value."""
    match value:
        case Code():
            yield value
        case Each():
            yield value.of
            yield from codes(value.element)
        case list():
            for item in value:
                yield from codes(item)
        case dict():
            for item in value.values():
                yield from codes(item)
        case _:
            pass


def all_codes(template: Template) -> list[Code]:
    """Every expression in a template."""
    found: list[Code] = []
    for part in (*template.resources.values(), *template.modules.values()):
        found += codes(part.body)
        found += [part.condition] if part.condition is not None else []
    for value in (*template.variables.values(), *template.outputs.values()):
        found += codes(value)
    return found


def _names(path: str, template: Template) -> Iterator[str]:
    found = all_codes(template)
    named = frozenset[str]().union(*(code.names for code in found))
    called = frozenset[str]().union(*(code.calls for code in found))
    loops = {"address"}  # the one name of a loop's variable that we use
    yield from (f"{path}: {name} is not declared" for name in sorted(named - template.declared - loops - FUNCTIONS))
    yield from (f"{path}: {name}() is no function we use" for name in sorted(called - FUNCTIONS))
    idle = {*template.parameters, *template.variables} - named
    yield from (f"{path}: {name} is used by nothing" for name in sorted(idle))


def _parameters_of(path: str, module: Module, target: Template) -> Iterator[str]:
    given = module.body.get("params")
    names = set(given) if isinstance(given, dict) else set[str]()
    needed = {name for name, parameter in target.parameters.items() if not parameter.has_default}
    yield from (f"{path}: module {module.symbol}: {name} is not given" for name in sorted(needed - names))
    yield from (
        f"{path}: module {module.symbol}: it takes no {name}" for name in sorted(names - target.parameters.keys())
    )


def _outputs_of(path: str, template: Template, module: Module, target: Template) -> Iterator[str]:
    for code in all_codes(template):
        for name in re.findall(rf"\b{module.symbol}\.outputs\.(\w+)", code.text):
            if name not in target.outputs:
                yield f"{path}: module {module.symbol}: it puts out no {name}"


def _parameter_file(main: Template, text: str) -> Iterator[str]:
    given = set(json.loads(text)["parameters"])
    yield from (f"main.parameters.json: {name} is not given" for name in sorted(main.parameters.keys() - given))
    yield from (f"main.parameters.json: there is no {name}" for name in sorted(given - main.parameters.keys()))
    undescribed = (name for name, parameter in main.parameters.items() if not parameter.description)
    yield from (f"{MAIN}: {name} has no description" for name in undescribed)
