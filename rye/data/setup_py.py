"""Runs a `setup.py` with a stand-in for setuptools and writes what it hands to `setup()` as JSON.

Arguments: the directory of the `setup.py`, the file for the answer, the seconds to wait for it.
"""

import configparser
import importlib.abc
import importlib.machinery
import json
import os
import runpy
import sys
import threading
import types

TEXTS = ["name", "version", "description", "author", "author_email", "python_requires", "license"]
UNUSED = ["ext_modules", "scripts"]
REPLACED = ["setuptools", "distutils", "pkg_resources"]


class Anything:
    """Stands for whatever a setup.py takes from setuptools: a base class, a function, a value."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()

    def __iter__(self):
        return iter(())


class StandIn(types.ModuleType):
    __version__ = "80.0.0"

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return {"setup": setup, "find_packages": list_nothing}.get(name, Anything)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in REPLACED:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return StandIn(spec.name)

    def exec_module(self, module):
        pass


answers = []


def setup(*args, **kwargs):
    answers.append(kwargs)


def list_nothing(*args, **kwargs):
    return []


def text(value):
    return None if value is None else str(value)


def lines(value):
    lines = value.splitlines() if isinstance(value, str) else map(str, value or [])
    return [line.strip() for line in lines if line.strip()]


def lists(value):
    if isinstance(value, str):
        parser = configparser.ConfigParser(delimiters=["="], interpolation=None)
        parser.optionxform = str
        parser.read_string(value)
        value = {name: [" = ".join(item) for item in parser.items(name)] for name in parser.sections()}
    return {str(name): lines(entries) for name, entries in dict(value or {}).items()}


def give_up(seconds):
    os.write(2, b"setup.py took longer than %d seconds\n" % seconds)
    os._exit(1)


def main(directory, answer, seconds):
    timer = threading.Timer(seconds, give_up, [seconds])
    timer.daemon = True
    timer.start()
    for name in [name for name in sys.modules if name.split(".")[0] in REPLACED]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder())
    os.chdir(directory)
    sys.path.insert(0, directory)
    sys.argv = ["setup.py", "egg_info"]
    try:
        runpy.run_path("setup.py", run_name="__main__")
    except SystemExit:
        if not answers:
            raise
    if not answers:
        sys.exit("setup.py never calls setup()")
    found = {key: text(answers[0].get(key)) for key in TEXTS}
    found["install_requires"] = lines(answers[0].get("install_requires"))
    for key in ["entry_points", "extras_require"]:
        found[key] = lists(answers[0].get(key))
    found["left_out"] = [key for key in UNUSED if answers[0].get(key)]
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(found, file)


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
