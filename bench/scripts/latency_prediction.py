"""Predicted against measured time of a run: of models in float, and of the same with 8-bit weights and activations.

    python3 bench/scripts/latency_prediction.py PROFILE MODEL...

For each model, 'lathe compress' writes the second one into a temporary folder, 'lathe inspect --device PROFILE' predicts both, and
'lathe verify' times both in turn, TIMES times; the least of its medians counts, since other work on the machine only adds
time. Options of a model, such as its input shape, follow it in the same word: "model.onnx --input-shape 1,3,48,192".
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile

LATHE = os.path.join(os.path.dirname(__file__), "..", "..", "lathe")
TIMES = 3


def lathe(*words):
    run = subprocess.run([LATHE, *words, "--json"], capture_output=True, text=True)
    # 1: written, though outputs are below the minimum SNR, which does not matter for times.
    if run.returncode not in (0, 1):
        sys.exit(f"lathe {' '.join(words)}: {run.stdout or run.stderr}")
    return json.loads(run.stdout)


def main(profile, models):
    errors = []
    print(f"{'model':44} {'form':6} {'measured':>9} {'predicted':>9} {'error':>6}")
    with tempfile.TemporaryDirectory() as folder:
        for model in models:
            model, *options = model.split(" ")
            small = os.path.join(folder, os.path.basename(model))
            lathe("compress", model, "-o", small, "--no-timing", "--images", "8", "--activations", "8", "--fallback", "none", *options)
            times = [lathe("verify", model, small, *options)["time"] for _ in range(TIMES)]
            for form, file, key in (("float", model, "originalMillis"), ("int8", small, "compressedMillis")):
                measured = min(time[key] for time in times)
                predicted = lathe("inspect", file, "--device", profile, *options)["costs"]["milliseconds"]
                error = predicted / measured - 1
                errors.append(abs(error))
                print(f"{os.path.basename(model):44} {form:6} {measured:9.3f} {predicted:9.3f} {error:+6.0%}", flush=True)
    print(f"median error {statistics.median(errors):.1%}, largest {max(errors):.0%}, {len(errors)} networks")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
