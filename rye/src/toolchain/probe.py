import json, os, platform, struct, sys, sysconfig


def full_version(info):
    version = "%d.%d.%d" % info[:3]
    if info[3] != "final":
        version += {"alpha": "a", "beta": "b", "candidate": "rc"}[info[3]] + str(info[4])
    return version


arch = platform.machine().lower()
arch = {"amd64": "x86_64", "arm64": "aarch64", "i686": "x86", "i386": "x86"}.get(arch, arch)
if struct.calcsize("P") == 4:
    arch = {"x86_64": "x86", "aarch64": "armv7", "armv7l": "armv7"}.get(arch, arch)
print(json.dumps({
    "family": sys.implementation.name,
    "version": full_version(sys.version_info),
    "arch": arch,
    "os": {"darwin": "macos", "win32": "windows"}.get(sys.platform, sys.platform),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": bool(sysconfig.get_config_var("Py_DEBUG")),
    "is_venv": sys.prefix != sys.base_prefix,
}))
