"""Sizes of models as zip -9, xz -9e and zstd --ultra -22, to compare with archives: archives.py MODEL.onnx MODEL.lathe ...

Each model is followed by its archive. zstd needs the package zstandard, and is left out without it.
"""
import lzma
import os
import sys
import zlib

try:
    import zstandard
except ImportError:
    zstandard = None


def sizes(model):
    yield len(zlib.compress(model, 9))  # what a zip holds
    yield len(lzma.compress(model, preset=9 | lzma.PRESET_EXTREME))
    if zstandard:
        yield len(zstandard.ZstdCompressor(level=22).compress(model))


names = ["zip", "xz -9e"] + (["zstd -22"] if zstandard else [])
print("| model | bytes | " + " | ".join(names) + " | archive | xz / archive |")
print("|---" * (len(names) + 4) + "|")
for name, archive in zip(sys.argv[1::2], sys.argv[2::2]):
    with open(name, "rb") as file:
        model = file.read()
    others = list(sizes(model))
    packed = os.path.getsize(archive)
    row = [os.path.basename(name), len(model), *others, packed, f"{others[1] / packed:.2f}"]
    print("| " + " | ".join(str(cell) for cell in row) + " |")
