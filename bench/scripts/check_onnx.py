"""Checks ONNX files with the checker of the onnx package, shapes and types included.

    python3 check_onnx.py FILE...        (pip install onnx)

Prints one line a file. Exit code 1 if the checker refuses any, 2 without arguments.
"""

import sys

import onnx


def refusal(path):
    """What is wrong with a file in one line; empty if nothing is."""
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as error:  # the checker has several kinds, and a damaged file brings others
        lines = str(error).strip().splitlines()
        return lines[0] if lines else type(error).__name__
    return ""


def main(paths):
    if not paths:
        print(__doc__, file=sys.stderr)
        return 2
    refused = 0
    for path in paths:
        why = refusal(path)
        refused += bool(why)
        print(f"{path}: {why or 'valid'}")
    print(f"{len(paths) - refused} of {len(paths)} valid (onnx {onnx.__version__})")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
