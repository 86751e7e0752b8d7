"""Timing of whole programs: interleaved, warmed up, each run checked."""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A program with its arguments, and the surroundings to start it in."""

    argv: tuple[str, ...]
    directory: Path
    env: dict[str, str] = field(hash=False)


@dataclass(frozen=True)
class Contestant:
    """One of those that do a case's work."""

    name: str
    command: Command
    prepare: Callable[[], None] = lambda: None
    """Brings about the state that the work starts from; it is not timed."""


@dataclass(frozen=True)
class Case:
    """Work that several programs do, to be compared in one run."""

    name: str
    contestants: tuple[Contestant, ...]
    rounds: int


@dataclass(frozen=True)
class Result:
    """What one contestant took in one case; times in milliseconds."""

    case: str
    contestant: str
    times: tuple[float, ...]
    instructions: int | None

    @property
    def median(self) -> float:
        return statistics.median(self.times)

    @property
    def spread(self) -> float:
        """The distance between the quartiles."""
        if len(self.times) < 2:
            return 0.0
        first, _, third = statistics.quantiles(self.times, n=4)
        return third - first


class FailedError(Exception):
    """A program ended with another status than 0, so that its time says nothing."""


def timed(command: Command) -> float:
    """Runs a command, and returns the milliseconds until it ended."""
    os.chdir(command.directory)
    with Path(os.devnull).open("r+b") as null:
        streams = [(os.POSIX_SPAWN_DUP2, null.fileno(), stream) for stream in (0, 1, 2)]
        start = time.perf_counter()
        pid = os.posix_spawn(command.argv[0], command.argv, command.env, file_actions=streams)
        _, status = os.waitpid(pid, 0)
        elapsed = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise FailedError(told(command))
    return elapsed * 1000


def told(command: Command) -> str:
    """Returns what a command that failed says when it is run once more."""
    again = subprocess.run(
        command.argv, cwd=command.directory, env=command.env, capture_output=True, text=True
    )
    return f"{' '.join(command.argv)} (in {command.directory}): {again.stderr or again.stdout}"


def run(case: Case, warmup: int, instructions: bool) -> Iterable[Result]:
    """Measures a case. Whoever fails is left out, and said."""
    times: dict[str, list[float]] = {contestant.name: [] for contestant in case.contestants}
    failed: set[str] = set()
    for round_ in range(-warmup, case.rounds):
        # another order each time: nobody always has the caches as the same neighbour leaves them
        for contestant in random.Random(round_).sample(case.contestants, len(case.contestants)):
            if contestant.name in failed:
                continue
            try:
                contestant.prepare()
                elapsed = timed(contestant.command)
            except FailedError as error:
                failed.add(contestant.name)
                print(f"{case.name}: {contestant.name} failed: {error}", file=sys.stderr)
                continue
            if round_ >= 0:
                times[contestant.name].append(elapsed)
    for contestant in case.contestants:
        if contestant.name in failed:
            continue
        count = counted(contestant) if instructions else None
        yield Result(case.name, contestant.name, tuple(times[contestant.name]), count)


def counted(contestant: Contestant) -> int | None:
    """Returns how many instructions the program executes, its children's left out."""
    contestant.prepare()
    command = contestant.command
    valgrind = [
        "valgrind",
        "--tool=cachegrind",
        "--cache-sim=no",
        "--cachegrind-out-file=/dev/null",
    ]
    done = subprocess.run(
        [*valgrind, *command.argv],
        cwd=command.directory,
        env=command.env,
        capture_output=True,
        text=True,
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    return int(found[1].replace(",", "")) if found else None
