"""Pagination on the wire (management API §1.7): ``page``, ``page_size`` and their headers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar
from urllib.parse import quote, urlencode

from fastapi import Depends, Query, Request, Response

from carteiro.api.context import context_of
from carteiro.errors import InvalidPagination
from carteiro.model.page import DEFAULT_SIZE, MAX_NUMBER, MAX_SIZE, Page

Row = TypeVar("Row")
_Number = Annotated[
    str | None, Query(json_schema_extra={"type": "integer", "minimum": 1}, description="From 1.")
]
_Size = Annotated[
    str | None,
    Query(
        json_schema_extra={"type": "integer", "minimum": 1, "maximum": MAX_SIZE},
        description=f"{DEFAULT_SIZE} when not given.",
    ),
]


def _required(page: _Number = None, page_size: _Size = None) -> Page:
    return Page(_read(page, 1, MAX_NUMBER), _read(page_size, DEFAULT_SIZE, MAX_SIZE))


def _optional(page: _Number = None, page_size: _Size = None) -> Page | None:
    return None if page is None and page_size is None else _required(page, page_size)


Paged = Annotated[Page, Depends(_required)]
"""The page that is asked for. Raises ``InvalidPagination``, before anything else is validated."""
MaybePaged = Annotated[Page | None, Depends(_optional)]
"""The same; ``None`` asks for the whole list."""


def part_of(rows: Sequence[Row], page: Page | None) -> Sequence[Row]:
    """The page of a short list that is at hand; without a page all of it."""
    return rows if page is None else rows[page.offset : page.offset + page.size]


def tell_total(
    request: Request, response: Response, page: Page | None, total: int, *, capped: bool = False
) -> None:
    """Put the count and the links to other pages into the answer's headers.

    ``capped`` says that there are at least ``total``: then nobody knows which page is the last.
    """
    if page is None:
        return
    response.headers["Total-Number"] = str(total)
    if capped:
        response.headers["Total-Number-Is-Capped"] = "true"
    last = max(1, -(-total // page.size))
    places = {"first": 1}
    if page.number > 1:
        places["prev"] = page.number - 1
    if not capped:
        places["last"] = last
        if page.number < last:
            places["next"] = page.number + 1
    response.headers["Link"] = _links(request, page, places)


def _links(request: Request, page: Page, places: Mapping[str, int]) -> str:
    """Absolute addresses that repeat whatever else was asked."""
    base = f"{context_of(request).origin}{quote(request.scope['path'])}"
    others = [pair for pair in request.query_params.multi_items() if pair[0] not in _OURS]
    return ", ".join(
        f"<{base}?{urlencode([*others, ('page', number), ('page_size', page.size)])}>;"
        f' rel="{relation}"'
        for relation, number in places.items()
    )


_OURS = {"page", "page_size"}


def _read(text: str | None, default: int, most: int) -> int:
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:20]) <= most:
        raise InvalidPagination
    return int(text)
