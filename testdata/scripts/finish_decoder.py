"""Exports what train_decoder.py trained, checks it in ONNX Runtime and writes the resources in decoder/.

    python3 finish_decoder.py

Needs PyTorch 2, onnx, onnxruntime and numpy.
"""

import json
import os
import shutil
import sysconfig
import warnings

import numpy as np
import onnx
import onnxruntime
import torch

from train_decoder import CONTEXT, VOCABULARY, WORK, Decoder

HERE = os.path.dirname(os.path.abspath(__file__))
RESOURCES = os.path.join(HERE, "..", "src", "main", "resources", "lathe", "testdata", "decoder")
INPUTS = ["input_ids", "attention_mask", "position_ids"]
WINDOWS = {"train": 64, "heldout": 128}


def export(path):
    """As Hugging Face exports decoders: batch and sequence dynamic, mask and positions as inputs."""
    model = Decoder().eval()
    model.load_state_dict(torch.load(os.path.join(WORK, "decoder.pt")))
    ids = torch.randint(1, VOCABULARY, (2, 5))
    axes = {name: {0: "batch_size", 1: "sequence_length"} for name in [*INPUTS, "logits"]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter by tracing is deprecated, but writes the usual graphs
        torch.onnx.export(model, (ids, torch.ones_like(ids), torch.arange(5).expand(2, -1)), path, input_names=INPUTS,
                          output_names=["logits"], opset_version=17, dynamic_axes=axes, dynamo=False)


def stripped(path):
    network = onnx.load(path)
    network.doc_string = network.graph.doc_string = ""
    for node in network.graph.node:
        node.doc_string = ""
    onnx.checker.check_model(network, full_check=True)
    onnx.save(network, path)


def perplexity(path, ids):
    """Of every id of each window but the first, given those before it."""
    feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "position_ids": np.arange(CONTEXT)[None].repeat(len(ids), 0)}
    logits = onnxruntime.InferenceSession(path).run(None, feeds)[0][:, :-1].astype(np.float64)
    logits -= logits.max(-1, keepdims=True)
    chosen = np.take_along_axis(logits, ids[:, 1:, None], 2)[..., 0]
    return float(np.exp((np.log(np.exp(logits).sum(-1)) - chosen).mean()))


def spelling(pairs):
    pieces = [bytes([i]) for i in range(256)]
    for a, b in pairs:
        pieces.append(pieces[a] + pieces[b])
    return [piece.decode("latin-1") for piece in pieces]


def main():
    os.makedirs(RESOURCES, exist_ok=True)
    path = os.path.join(RESOURCES, "toy-decoder.onnx")
    export(path)
    stripped(path)
    tokens = np.load(os.path.join(WORK, "tokens.npz"))
    figures = {}
    for part, windows in WINDOWS.items():
        start = len(tokens[part]) // CONTEXT - windows
        ids = tokens[part][start * CONTEXT:(start + windows) * CONTEXT].reshape(windows, CONTEXT)
        figures[part] = perplexity(path, ids.astype(np.int64))
        with open(os.path.join(RESOURCES, part + ".txt"), "w") as file:
            file.writelines(" ".join(map(str, row)) + "\n" for row in ids)
    with open(os.path.join(RESOURCES, "vocabulary.json"), "w") as file:
        json.dump(spelling(tokens["pairs"].tolist()), file)
    shutil.copy(os.path.join(sysconfig.get_paths()["stdlib"], "LICENSE.txt"), os.path.join(RESOURCES, "LICENSE-python.txt"))
    print(figures)


if __name__ == "__main__":
    main()
