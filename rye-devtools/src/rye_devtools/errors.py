"""What goes wrong in an expected way, and how it is told."""

from __future__ import annotations

import sys
from typing import Callable


class DevtoolsError(Exception):
    """What happened, why, and what to do next."""

    def __init__(self, message: str, *, cause: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.cause = cause
        self.hint = hint

    def __str__(self) -> str:
        lines = [f"error: {self.message}"]
        if self.cause is not None:
            lines.append(f"caused by: {self.cause}")
        if self.hint is not None:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


def tell(message: str) -> None:
    """Says what is done, on stderr: stdout is for answers."""
    print(message, file=sys.stderr)


def exit_status(action: Callable[[], None]) -> int:
    """Returns 0 after `action`, or 1 after telling why it failed."""
    try:
        action()
    except DevtoolsError as err:
        tell(str(err))
        return 1
    except OSError as err:
        # Networks and archives explain their own failures; what is left is a local file.
        tell(str(DevtoolsError(f"cannot use `{err.filename}`", cause=err.strerror)))
        return 1
    return 0
