"""Measures Rye beside its peers: the same work, on the same machine, in the same minute.

python3 scripts/bench --help
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import index
import report
from cases import MEMBERS, SIZES, Cases, built_floor
from measure import Result, run
from world import World

HERE = Path(__file__).resolve().parent
PEERS = ("uv", "rye-0.44", "poetry", "pdm", "hatch", "pyenv", "pip")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    default = HERE.parent.parent / "target" / "release" / "rye"
    parser.add_argument(
        "--rye", type=Path, default=default, help="the program to measure (%(default)s)"
    )
    parser.add_argument("--case", action="append", metavar="GLOB", help="measure these cases only")
    parser.add_argument(
        "--peer", action="append", metavar="NAME", help=f"of {', '.join(PEERS)}: these only"
    )
    parser.add_argument(
        "--rounds", type=int, default=21, help="runs of each, after the warm-up (%(default)s)"
    )
    parser.add_argument(
        "--python", type=Path, default=Path(sys.executable), help="the interpreter of all projects"
    )
    parser.add_argument(
        "--instructions", action="store_true", help="count instructions, too (needs valgrind)"
    )
    parser.add_argument(
        "--real",
        action="store_true",
        help="projects of the index of this machine, instead of generated ones",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the measurements as JSON")
    parser.add_argument(
        "--overview", type=Path, metavar="FILE", help="write one table of all in Markdown"
    )
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the medians as SVG")
    parser.add_argument(
        "--smoke", action="store_true", help="only see whether everything can be measured"
    )
    return parser.parse_args()


def programs(root: Path, args: argparse.Namespace) -> dict[str, Path]:
    """Returns what there is to measure, by name."""
    wanted = args.peer if args.peer is not None else PEERS
    found = {name: Path(path) for name in wanted if (path := shutil.which(name))}
    # as an installation has it: the pages of what a linker wrote are slower to map
    found["rye"] = Path(shutil.copy2(args.rye.resolve(strict=True), root / "rye"))
    if floor := built_floor(HERE / "floor.c", root / "floor"):
        found["floor"] = floor
    return found


def machine(world: World) -> dict[str, str]:
    """Returns what the numbers depend on."""
    facts = {
        "system": f"{platform.system()} {platform.release()}",
        "processors": str(os.cpu_count()),
    }
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        models = [line for line in cpu.read_text().splitlines() if line.startswith("model name")]
        facts["processor"] = models[0].partition(":")[2].strip() if models else platform.machine()
    facts["python"] = world.call(world.root, world.python, "--version").strip()
    for name in sorted(set(world.programs) - {"floor"}):
        facts[name] = world.call(world.root, name, "--version").splitlines()[0].strip()
    return facts


def main() -> int:
    args = arguments()
    sizes, members = (SIZES, MEMBERS) if not args.smoke else ((8,), (10,))
    globs = args.case or ["*"]
    wanted = lambda case: any(fnmatch.fnmatch(case, glob) for glob in globs)  # noqa: E731
    results: list[Result] = []
    with tempfile.TemporaryDirectory(prefix="rye-bench-") as directory:
        root = Path(directory).resolve()
        for size in () if args.real else {8, *sizes}:
            index.write(root / "index", size)
        (root / "index").mkdir(exist_ok=True)
        server, url = index.serve(root / "index")
        try:
            source = None if args.real else url
            world = World(root, args.python.resolve(), programs(root, args), source)
            facts = machine(world)
            for name, fact in facts.items():
                print(f"- {name}: {fact}")
            print()
            rounds, warmup = (1, 0) if args.smoke else (args.rounds, 2)
            for case in Cases(world, rounds, sizes, members).all(wanted):
                measured = list(run(case, warmup, args.instructions))
                results += measured
                print(report.table(case.name, measured), flush=True)
        except subprocess.CalledProcessError as error:
            print(f"error: {error}\n{error.stderr or ''}", file=sys.stderr)
            return 1
        finally:
            server.terminate()
            server.wait()
    if args.json:
        args.json.write_text(json.dumps(report.document(results, facts), indent=2) + "\n")
    if args.overview:
        args.overview.write_text(report.overview(results, facts))
    if args.plot:
        args.plot.write_text(report.plot(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())
