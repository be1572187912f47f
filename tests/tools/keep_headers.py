#!/usr/bin/env python3
"""At a release: keep its public headers in tests/api/old/<version>/, where later libraries are tested against them.

usage: keep_headers.py [--replace]    --replace only while that version is not released
"""
import re
import shutil
import sys

import public_headers


def main():
    version = re.search(r"version: '([\d.]+)'", (public_headers.TOP / "meson.build").read_text()).group(1)
    folder = public_headers.TOP / "tests" / "api" / "old" / version
    if folder.exists() and "--replace" not in sys.argv:
        sys.exit(f"{folder.relative_to(public_headers.TOP)} is there; a released version's headers do not change")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(public_headers.INCLUDE, folder / "constellation")
    print(f"kept {len(list((folder / 'constellation').iterdir()))} headers of {version}")


if __name__ == "__main__":
    main()
