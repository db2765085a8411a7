"""What is to be said beside an answer that stays the wire's: warnings, and faults of templates."""

from __future__ import annotations

import json
from collections.abc import Sequence

from starlette.responses import Response

from carteiro.flows.administer.mail.unusable import Fault

WARNING = "Carteiro-Warning"
"""A sentence in ASCII for whoever has changed something; absent where there is nothing to say."""
HEADER = "Carteiro-Findings"
"""A JSON array in ASCII; absent where there is nothing to say."""


def tell(response: Response, faults: Sequence[Fault]) -> None:
    """Add the findings to an answer; ``path`` is the way into what was stored."""
    if faults:
        told = [
            {
                "severity": fault.finding.severity,
                "code": fault.finding.code,
                "path": [*fault.place, fault.finding.where],
                "line": fault.finding.line,
                "column": fault.finding.column,
                "message": fault.finding.message,
            }
            for fault in faults
        ]
        response.headers[HEADER] = json.dumps(told)
