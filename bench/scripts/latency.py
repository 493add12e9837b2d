"""Latency of networks relative to the first one, in ONNX Runtime on one thread.

    python latency.py 1,3,32,32 model.onnx small.onnx ...

All networks run in turn, so that a busy machine slows them alike; the figure is the lower quartile of the times.
Needs numpy and onnxruntime.
"""

import sys
import time

import numpy
import onnxruntime

ROUNDS = 100


def main():
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    shape = [int(extent) for extent in sys.argv[1].split(",")]
    image = numpy.random.default_rng(0).random(shape, dtype=numpy.float32)
    sessions = [
        onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"]) for path in sys.argv[2:]
    ]
    times = [[] for _ in sessions]
    for _ in range(ROUNDS):
        for session, own in zip(sessions, times):
            feeds = {session.get_inputs()[0].name: image}
            start = time.perf_counter()
            session.run(None, feeds)
            own.append(time.perf_counter() - start)
    quartiles = [sorted(own)[ROUNDS // 4] for own in times]
    for path, seconds in zip(sys.argv[2:], quartiles):
        print(f"{seconds / quartiles[0]:.3f}  {1000 * seconds:.3f} ms  {path}")


main()
