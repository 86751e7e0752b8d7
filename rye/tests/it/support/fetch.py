"""Fetch a file of a project from an index: INDEX PROJECT FILE TARGET."""

import base64
import json
import os
import sys
import urllib.parse
import urllib.request

ACCEPT = "application/vnd.pypi.simple.v1+json"


def opened(url, accept="*/*"):
    parts = urllib.parse.urlsplit(url)
    headers = {"Accept": accept}
    if parts.username:
        login = "{}:{}".format(parts.username, parts.password or "")
        login = urllib.parse.unquote(login).encode()
        headers["Authorization"] = "Basic " + base64.b64encode(login).decode()
        url = urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60)


def main(index, project, name, target):
    page = "{}/{}/".format(index.rstrip("/"), project)
    with opened(page, ACCEPT) as response:
        files = json.load(response)["files"]
    found = [file for file in files if file["filename"] == name]
    if not found:
        sys.exit("the index offers no {}".format(name))
    url = urllib.parse.urljoin(page, found[0]["url"])
    with opened(url) as response:
        content = response.read()
    part = target + ".part"
    with open(part, "wb") as file:
        file.write(content)
    os.replace(part, target)


if __name__ == "__main__":
    main(*sys.argv[1:])
