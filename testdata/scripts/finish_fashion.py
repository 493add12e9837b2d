"""Checks the exports of train_fashion.py and writes the resources made from Fashion-MNIST.

    python3 finish_fashion.py            all of it
    python3 finish_fashion.py --images   only the contact sheet and its labels

Needs onnx, onnxruntime, numpy and pillow. Writes the four fashion-*.onnx files, the first 2000 test images as one
PNG, their labels, and fashion-reference.json: what ONNX Runtime answers from Python.
"""

import argparse
import hashlib
import json
import os
import platform

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image

import fashion_data

HERE = os.path.dirname(os.path.abspath(__file__))
EXPORTS = os.path.join(HERE, "..", "target", "fashion")
RESOURCES = os.path.join(HERE, "..", "src", "main", "resources", "lathe", "testdata")
NETWORKS = ("fashion-resnet", "fashion-mobilenet")
COLUMNS, ROWS, TILE = 50, 40, 28
LEAST_ACCURACY = 92.0


def write_images():
    """Tile i of the sheet is test image i, row by row."""
    images, labels = fashion_data.test()
    tiles = images[:COLUMNS * ROWS].reshape(ROWS, COLUMNS, TILE, TILE)
    sheet = tiles.transpose(0, 2, 1, 3).reshape(ROWS * TILE, COLUMNS * TILE)
    path = os.path.join(RESOURCES, "fashion-test-2000.png")
    Image.fromarray(sheet).save(path, optimize=True)
    with Image.open(path) as read:
        if read.mode != "L" or not (np.asarray(read) == sheet).all():
            raise AssertionError("the contact sheet reads back differently")
    with open(os.path.join(RESOURCES, "fashion-test-2000.labels.txt"), "w") as file:
        file.writelines(f"{label}\n" for label in labels[:COLUMNS * ROWS])


def stripped(model):
    """Without the descriptions of nodes: the exporter may write source positions there."""
    model.doc_string = model.graph.doc_string = ""
    for node in model.graph.node:
        node.doc_string = ""
    return model


def unshared(model):
    """With a copy of the initializer where the exporter put an Identity node on it. It does so for equal tensors:
    two batch norms whose outputs are added get the same gradients, so their biases stay equal."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in [n for n in model.graph.node if n.op_type == "Identity" and n.input[0] in tensors]:
        copy = model.graph.initializer.add()
        copy.CopyFrom(tensors[node.input[0]])
        copy.name = node.output[0]
        model.graph.node.remove(node)
    return model


def check_nodes(name, model, keeps_bn):
    kinds = [node.op_type for node in model.graph.node]
    values = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    values.update({node.output[0]: numpy_helper.to_array(node.attribute[0].t)
                   for node in model.graph.node if node.op_type == "Constant"})
    if "Identity" in kinds or "BatchNormalization" in kinds and not keeps_bn:
        raise AssertionError(f"{name}: left-over nodes in {sorted(set(kinds))}")
    for node in model.graph.node:
        attributes = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
        if node.op_type == "BatchNormalization":
            if len(node.output) != 1 or attributes.get("training_mode", 0):
                raise AssertionError(f"{name}: {node.name} is in training mode")
            if (values[node.input[3]] == 0).all() or (values[node.input[4]] == 1).all():
                raise AssertionError(f"{name}: {node.name} has no running statistics")
        if node.op_type == "Clip" and (values[node.input[1]] != 0 or values[node.input[2]] != 6):
            raise AssertionError(f"{name}: {node.name} is not Clip(0, 6)")
    convs, norms = kinds.count("Conv"), kinds.count("BatchNormalization")
    if keeps_bn and convs != norms:
        raise AssertionError(f"{name}: {convs} Conv but {norms} BatchNormalization nodes")
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


def logits_of(path, images):
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL  # it would fold the BN too
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    if [i.name for i in session.get_inputs()] != ["image"] or [o.name for o in session.get_outputs()] != ["logits"]:
        raise AssertionError(f"{path}: input or output has another name")
    parts = [session.run(None, {"image": fashion_data.normalised(images[start:start + 500])})[0]
             for start in range(0, len(images), 500)]
    return np.concatenate(parts)


def finish(name, images, labels):
    """The reference entry of one network: kept and folded file."""
    entry, logits = {}, {}
    for suffix in ("", "-folded"):
        file = f"{name}{suffix}.onnx"
        model = unshared(stripped(onnx.load(os.path.join(EXPORTS, file))))
        onnx.checker.check_model(model, full_check=True)
        nodes = check_nodes(file, model, keeps_bn=suffix == "")
        path = os.path.join(RESOURCES, file)
        onnx.save(model, path)
        with open(path, "rb") as written:
            content = written.read()
        if len(content) >= 1_000_000 or b".py" in content or HERE.encode() in content:
            raise AssertionError(f"{file}: too large, or holds a path")
        logits[suffix] = logits_of(path, images)
        hits = logits[suffix].argmax(1) == labels
        entry[file] = {
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "nodes": nodes,
            "correctOfFirst2000": int(hits[:2000].sum()),
            "correctOf10000": int(hits.sum()),
            "logitsOfFirst4": [[float(np.float32(v)) for v in row] for row in logits[suffix][:4]],
        }
        print(f"{file}: {len(content)} bytes, first 2000 {hits[:2000].mean():.2%}, all {hits.mean():.2%}, {nodes}")
        if min(hits[:2000].mean(), hits.mean()) * 100 <= LEAST_ACCURACY:
            raise AssertionError(f"{file}: not above {LEAST_ACCURACY} %")
    difference = float(np.abs(logits[""] - logits["-folded"]).max())
    print(f"{name}: kept and folded differ by at most {difference:.1e} on {len(images)} images")
    if difference > 1e-4:
        raise AssertionError(f"{name}: folded differs by {difference}")
    return entry


def write_reference():
    images, labels = fashion_data.test()
    reference = {
        "about": "Answers of the networks in FP32 on Fashion-MNIST test images in their own order, computed from "
                 "Python by ONNX Runtime without graph optimizations; image = (pixel/255 - mean)/std in float32.",
        "mean": fashion_data.MEAN,
        "std": fashion_data.STD,
        "sheet": {"file": "fashion-test-2000.png", "columns": COLUMNS, "rows": ROWS, "tile": TILE},
        "files": {},
    }
    for name in NETWORKS:
        reference["files"].update(finish(name, images, labels))
    trained = onnx.load(os.path.join(RESOURCES, NETWORKS[0] + ".onnx"))
    reference["versions"] = {"python": platform.python_version(), "onnxruntime": onnxruntime.__version__,
                             "onnx": onnx.__version__, "numpy": np.__version__,
                             "training and export": f"{trained.producer_name} {trained.producer_version}"}
    with open(os.path.join(RESOURCES, "fashion-reference.json"), "w") as file:
        file.write(one_row_a_line(json.dumps(reference, indent=2)) + "\n")


def one_row_a_line(text):
    """Joins the innermost lists of numbers, which json puts on one line each number."""
    lines, row = [], None
    for line in text.split("\n"):
        if row is None and line.endswith("["):
            row = [line]
        elif row is not None and line.endswith("["):
            lines.append(row[0])
            row = [line]
        elif row is not None and line.strip().startswith("]"):
            lines.append(row[0] + " ".join(part.strip() for part in row[1:]) + line.strip())
            row = None
        elif row is not None:
            row.append(line)
        else:
            lines.append(line)
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", action="store_true", help="only the contact sheet and its labels")
    options = parser.parse_args()
    os.makedirs(RESOURCES, exist_ok=True)
    write_images()
    if not options.images:
        write_reference()


if __name__ == "__main__":
    main()
