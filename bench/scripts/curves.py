"""Measures what a network keeps on real images within sizes of its file, and appends a row for each to bench/curves.csv.

    curves.py NETWORK FORM MODEL IMAGES LABELS OPTIONS SIZE...

FORM is archive (lathe pack --target-size), packed (lathe compress --target-size) or int8 (lathe compress, whose one SIZE is
-). OPTIONS go to all commands, such as '--mean 0.5,0.5,0.5 --std 0.5,0.5,0.5'; those of evaluate follow after ' ; '. Files are
left in $CURVES, or the current folder. lathe is $LATHE, or the one of this repository. See also draw_curves.py.
"""
import csv
import json
import os
import pathlib
import shlex
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TABLE = HERE.parent / "curves.csv"
LATHE = os.environ.get("LATHE", str(HERE.parent.parent / "lathe"))
ENDS = {"archive": ".lathe", "packed": ".onnx", "int8": ".int8.onnx"}


def run(*words):
    result = subprocess.run([LATHE, *words, "--json"], stdout=subprocess.PIPE, text=True)
    answer = json.loads(result.stdout)
    if "error" in answer:
        sys.exit(f"{words}: {answer['error']['message']}")
    return answer


def written(form, model, size, options, output):
    command = ["pack" if form == "archive" else "compress", model, "-o", output, "--force", *options]
    if form != "archive":
        command += ["--no-timing", "--fallback", "none"]
    run(*command, *([] if form == "int8" else ["--target-size", size]))
    return os.path.getsize(output)


def main(network, form, model, images, labels, options, *sizes):
    both, _, evaluating = (part.strip() for part in options.partition(";"))
    folder = pathlib.Path(os.environ.get("CURVES", "."))
    for size in sizes:
        output = str(folder / f"{network}-{size}{ENDS[form]}")
        size_of_file = written(form, model, size, shlex.split(both), output)
        found = run("evaluate", output, "--reference", model, "--images", images, "--labels", labels,
                    *shlex.split(both), *shlex.split(evaluating))
        row = [network, form, size_of_file, f"{found['signalToNoiseDb']:.1f}", f"{100 * found['agreement']:.1f}",
               f"{100 * found['top1']:.1f}", f"{100 * found['referenceTop1']:.1f}"]
        new = not TABLE.exists()
        with open(TABLE, "a", newline="") as table:
            writer = csv.writer(table, lineterminator="\n")
            if new:
                writer.writerow(["network", "form", "bytes", "snr_db", "agreement", "top1", "float_top1"])
            writer.writerow(row)
        print(*row, flush=True)


main(*sys.argv[1:])
