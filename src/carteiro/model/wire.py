"""The base of every JSON shape that clients and administrators send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import InitErrorDetails, PydanticCustomError


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


class Wire(Strict):
    """The same with camelCase members."""

    model_config = ConfigDict(alias_generator=to_camel)
