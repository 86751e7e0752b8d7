"""Make a toolchain of the interpreter that runs this: TARGET, a tar.gz with one directory.

What is made works wherever it is unpacked; or the script fails, says why, and leaves nothing.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile

# Tests need none of it; what is below is the system's (packages), large, or both.
LEFT_OUT = shutil.ignore_patterns(
    "__pycache__", "test", "tests", "idlelib", "turtledemo", "ensurepip", "config-*", "*.a",
    "site-packages", "dist-packages", "sitecustomize.py", "EXTERNALLY-MANAGED",
)

CHECK = """
import ctypes, json, os, ssl, sys, venv, zlib
assert json.loads("[1]") == [1]
print(os.path.realpath(sys.base_prefix))
if sys.platform == "linux":
    with open("/proc/self/maps") as maps:
        names = {line.split(None, 5)[-1].strip() for line in maps}
    print(*sorted(name for name in names if "libpython" in name), sep="\\n")
"""


def find_library():
    """Return the libpython that the interpreter is linked to; none if it is linked in."""
    name = sysconfig.get_config_var("INSTSONAME") or ""
    path = os.path.join(sysconfig.get_config_var("LIBDIR") or "", name)
    is_shared = sysconfig.get_config_var("Py_ENABLE_SHARED")
    return path if is_shared and name and os.path.isfile(path) else None


def copy(source, top):
    """Copy program, standard library and libpython."""
    name = "python{}.{}".format(*sys.version_info)
    os.makedirs(os.path.join(top, "bin"))
    program = os.path.join(top, "bin", name)
    shutil.copy2(source, program)
    os.symlink(name, os.path.join(top, "bin", "python3"))
    standard = sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix})
    place = os.path.relpath(standard, sys.base_prefix)
    shutil.copytree(standard, os.path.join(top, place), ignore=LEFT_OUT)
    library = find_library()
    if library:
        os.makedirs(os.path.join(top, "lib"), exist_ok=True)
        shutil.copy2(library, os.path.join(top, "lib"))
        find_beside(program, os.path.dirname(library))


def find_beside(program, folder):
    """Make a program find its libraries beside itself instead of in a folder, if that is written in it."""
    here = b"$ORIGIN/../lib\0"
    there = os.fsencode(folder) + b"\0"
    with open(program, "rb") as file:
        content = file.read()
    if len(there) >= len(here):
        content = content.replace(there, here.ljust(len(there), b"\0"))
    with open(program, "wb") as file:
        file.write(content)


def check(top):
    """Fail unless the copy works by itself."""
    command = [os.path.join(top, "bin", "python3"), "-I", "-B", "-c", CHECK]
    answer = subprocess.run(command, env={}, stdout=subprocess.PIPE, universal_newlines=True)
    lines = answer.stdout.split()
    if answer.returncode:
        sys.exit("the copy does not work")
    foreign = [path for path in lines if not path.startswith(os.path.realpath(top))]
    if foreign:
        sys.exit("the copy uses {}".format(", ".join(foreign)))


def main(target):
    source = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as folder:
        top = os.path.join(folder, "python")
        copy(source, top)
        check(top)
        part = os.path.join(folder, "part")
        with tarfile.open(part, "w:gz", compresslevel=1) as archive:
            archive.add(top, "python")
        os.replace(part, target)


if __name__ == "__main__":
    main(os.path.abspath(sys.argv[1]))
