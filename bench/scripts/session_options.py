"""Runs compressed networks in ONNX Runtime sessions with other options, and times them beside their originals.

    python bench/scripts/session_options.py ORIGINAL COMPRESSED [COMPRESSED ...]

Needs onnxruntime and numpy. For each compressed file and each session (default; x64quantprecision=1, which is exact on x86
processors without VNNI; disable_quant_qdq=1, which computes in float): whether it runs, the signal to noise of its outputs
against the original's on 8 inputs of smoothed noise, and the time of a run as a multiple of the original's, the median of
pairs run in turn, one thread, batch 1.
"""

import sys
import time

import numpy as np
import onnxruntime as ort

SESSIONS = {"default": {}, "x64quantprecision": {"session.x64quantprecision": "1"},
            "disable_quant_qdq": {"session.disable_quant_qdq": "1"}}
PAIRS = 60
OPEN_AXES = {2: 224, 3: 224}


def session(path, entries):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    for key, value in entries.items():
        options.add_session_config_entry(key, value)
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def feed(network, seed):
    rng = np.random.default_rng(seed)
    feeds = {}
    for value in network.get_inputs():
        shape = [d if isinstance(d, int) else OPEN_AXES.get(axis, 1) for axis, d in enumerate(value.shape)]
        noise = rng.standard_normal(shape)
        for axis in range(2, len(shape)):
            for reach in (1, 2, 4, 8):
                noise = noise + np.roll(noise, reach, axis)
        feeds[value.name] = (noise / noise.std()).astype(np.float32)
    return feeds


def decibels(original, compressed, inputs):
    energy = noise = 0.0
    for feeds in inputs:
        for a, b in zip(original.run(None, feeds), compressed.run(None, feeds)):
            energy += float(np.sum(np.square(a, dtype=np.float64)))
            noise += float(np.sum(np.square(a.astype(np.float64) - b)))
    return 10 * np.log10(energy / noise) if noise else np.inf


def ratio(original, compressed, feeds):
    def seconds(network):
        start = time.perf_counter()
        network.run(None, feeds)
        return time.perf_counter() - start

    pairs = [(seconds(original), seconds(compressed)) for _ in range(PAIRS)]
    return float(np.median([b for _, b in pairs]) / np.median([a for a, _ in pairs]))


def main():
    original = session(sys.argv[1], {})
    inputs = [feed(original, seed) for seed in range(8)]
    failed = False
    for path in sys.argv[2:]:
        for name, entries in SESSIONS.items():
            try:
                network = session(path, entries)
                print(f"{path.rsplit('/', 1)[-1]:36s} {name:18s} {decibels(original, network, inputs):6.1f} dB"
                      f"   {ratio(original, network, inputs[0]):5.2f}x", flush=True)
            except Exception as error:  # ONNX Runtime raises types of its own
                failed = True
                print(f"{path.rsplit('/', 1)[-1]:36s} {name:18s} does not run: {str(error)[:160]}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
