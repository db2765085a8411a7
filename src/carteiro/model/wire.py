"""The base of every JSON shape that clients and administrators send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

_NULL = {"type": "null"}


class Strict(BaseModel):
    """Exact types, unknown members dropped, and ``null`` only where a member is ``nullable``.

    A member that need not be given is still not ``null``: that is how the wire's validators read
    "optional".
    """

    model_config = ConfigDict(strict=True, extra="ignore", populate_by_name=True)
    nullable: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="before")
    @classmethod
    def _refuse_null(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or None not in data.values():
            return data
        names = [field.alias or name for name, field in cls.model_fields.items()]
        nulls = [
            name
            for name in names
            if name in data and data[name] is None and name not in cls.nullable
        ]
        if nulls:
            problem = PydanticCustomError("null_not_allowed", "Expected a value, received null")
            raise ValidationError.from_exception_data(
                cls.__name__,
                [InitErrorDetails(type=problem, loc=(name,), input=None) for name in nulls],
            )
        return data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """The schema says the same: what may be left out is not ``null`` for that."""
        reference = handler(core_schema)
        properties = handler.resolve_ref_schema(reference).get("properties", {})
        for name, shape in properties.items():
            if name not in cls.nullable and _NULL in shape.get("anyOf", ()):
                _without_null(shape)
        return reference


def _without_null(shape: dict[str, Any]) -> None:
    kinds = [kind for kind in shape.pop("anyOf") if kind != _NULL]
    if shape.get("default", ...) is None:
        del shape["default"]
    shape |= kinds[0] if len(kinds) == 1 else {"anyOf": kinds}


class Wire(Strict):
    """The same with camelCase members."""

    model_config = ConfigDict(alias_generator=to_camel)
