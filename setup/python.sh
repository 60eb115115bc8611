#!/bin/sh
# Prints the interpreter to build .venv with: $1 if given, else python3 when it is new enough, else the newest on PATH.
set -eu

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

for candidate in ${1:-python3 python3.19 python3.18 python3.17 python3.16 python3.15 python3.14 python3.13 python3.12 python3.11}; do
    if new_enough "$candidate"; then
        command -v "$candidate"
        exit 0
    fi
done
echo "hotline: ${1:-no python3 on PATH} is not Python 3.11 or newer; install one, or name one with make PYTHON=..." >&2
exit 1
