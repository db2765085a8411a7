"""YAML that is the same whenever its value is, and that says in which line something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from carteiro.errors import BrokenConfiguration
from carteiro.flows.administer.configuration.snapshot import SecretRef
from carteiro.model.unicode import is_whole

_TAG = "!secret"
_OTHER_BREAKS = frozenset("\r\x85\u2028\u2029\ufeff")
"""YAML reads these as ends of lines, or not at all, unless they are written as escapes."""


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks, secrets as references, no anchors."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the library's signature
        return True


class _Loader(yaml.SafeLoader):
    """Plain values and references to secrets; a key that stands twice is refused."""


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    style = '"' if _OTHER_BREAKS & set(value) else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _reference(dumper: _Dumper, value: SecretRef) -> yaml.ScalarNode:
    return dumper.represent_scalar(_TAG, value.path)


def _read_reference(loader: _Loader, node: yaml.ScalarNode) -> SecretRef:
    return SecretRef(_read_text(loader, node))


def _read_text(loader: _Loader, node: yaml.ScalarNode) -> str:
    value = str(loader.construct_scalar(node))
    if not is_whole(value):
        problem = "there is half a character"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
    return value


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen = set()
    for key, _ in node.value:
        name = loader.construct_object(key)
        if not isinstance(name, str):
            raise yaml.MarkedYAMLError(problem="keys are texts", problem_mark=key.start_mark)
        if name in seen:
            problem = f"the key {name!r} stands twice"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=key.start_mark)
        seen.add(name)
    return loader.construct_mapping(node, deep=True)


_Dumper.add_representer(str, _text)
_Dumper.add_representer(SecretRef, _reference)
_Loader.add_constructor(_TAG, _read_reference)
_Loader.add_constructor("tag:yaml.org,2002:str", _read_text)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
# Nothing here is a date: what looks like one is a text.
_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def write_yaml(value: Any) -> str:
    """A document; keys in order."""
    text: str = yaml.dump(
        value,
        Dumper=_Dumper,
        sort_keys=True,
        allow_unicode=True,
        default_flow_style=False,
        width=10_000,
    )
    return text


def read_yaml(path: str, text: str, *, first_line: int = 1) -> Any:
    """Read a document. Raises ``BrokenConfiguration`` with file and line."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader of ours
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        problem = error.problem or "this is not YAML"
        raise BrokenConfiguration(path, first_line + line, problem) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise BrokenConfiguration(path, first_line, "this is not YAML") from None


def line_of(text: str, place: Sequence[str | int]) -> int:
    """The line in which a value stands, or the nearest one around it."""
    node = yaml.compose(text, Loader=_Loader)
    line = 1
    for step in place:
        found = None
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == step), None)
        elif isinstance(node, yaml.SequenceNode) and step in range(len(node.value)):
            found = (node.value[int(step)], node.value[int(step)])
        if found is None:
            break
        line, node = found[0].start_mark.line + 1, found[1]
    return line
