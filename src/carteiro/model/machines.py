"""What a machine is called, as an application and as the holder of a role."""

from __future__ import annotations

from typing import Final

MACHINE_TO_MACHINE: Final = "MachineToMachine"
"""The type of an application that speaks for itself, and of a role that only such ones have."""
