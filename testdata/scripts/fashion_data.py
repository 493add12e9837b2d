"""Reads Fashion-MNIST as the Debian package dataset-fashion-mnist installs it. Needs numpy only."""

import gzip
import os
import struct

import numpy as np

# Another folder with the four .gz files can be named in the environment.
FOLDER = os.environ.get("FASHION_MNIST", "/usr/share/datasets/fashion-mnist")

# Normalisation of the networks in this folder; it is done outside the ONNX graphs.
MEAN = 0.286
STD = 0.353


def _read_idx(name):
    with gzip.open(os.path.join(FOLDER, name), "rb") as file:
        data = file.read()
    dims = data[3]
    shape = struct.unpack(">" + "I" * dims, data[4:4 + 4 * dims])
    return np.frombuffer(data, np.uint8, offset=4 + 4 * dims).reshape(shape)


def train():
    """60000 x 28 x 28 bytes and 60000 class numbers, in the order of the files."""
    return _read_idx("train-images-idx3-ubyte.gz"), _read_idx("train-labels-idx1-ubyte.gz")


def test():
    """10000 x 28 x 28 bytes and 10000 class numbers, in the order of the files."""
    return _read_idx("t10k-images-idx3-ubyte.gz"), _read_idx("t10k-labels-idx1-ubyte.gz")


def normalised(images):
    """N x 28 x 28 bytes -> N x 1 x 28 x 28 floats as the networks expect them."""
    pixels = images.astype(np.float32) / np.float32(255)
    return ((pixels - np.float32(MEAN)) / np.float32(STD))[:, None]
