"""Writes fashion-small.onnx: fashion-resnet without its last stage, for tests that need a network but not a large one.

Needs onnx, onnxruntime, numpy and pillow. The classifier reads the 32 channels of the second stage; its weights are
those of damped least squares for the logits of fashion-resnet on the images of fashion-test-2000.png.
"""

import os

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper
from PIL import Image

import fashion_data

HERE = os.path.dirname(os.path.abspath(__file__))
RESOURCES = os.path.join(HERE, "..", "src", "main", "resources", "lathe", "testdata")
LAST = ("/blocks/blocks.4/", "/blocks/blocks.5/")
KEPT = "/blocks/blocks.3/Relu_1_output_0"
PIECES = 500

# Times the mean variance of the features. With less, weights cancel each other, and any rounding shows in the logits.
DAMPING = 1


def images():
    sheet = np.asarray(Image.open(os.path.join(RESOURCES, "fashion-test-2000.png")))
    rows, columns = sheet.shape[0] // 28, sheet.shape[1] // 28
    return fashion_data.normalised(sheet.reshape(rows, 28, columns, 28).transpose(0, 2, 1, 3).reshape(-1, 28, 28))


def answers(model, inputs):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {"image": inputs[start:start + PIECES]})[0]
                           for start in range(0, len(inputs), PIECES)]).astype(np.float64)


def without_last_stage(model):
    small = onnx.ModelProto()
    small.CopyFrom(model)
    graph = small.graph
    for node in [node for node in graph.node if node.name.startswith(LAST)]:
        graph.node.remove(node)
    for node in graph.node:
        if node.op_type == "GlobalAveragePool":
            node.input[0] = KEPT
    used = {name for node in graph.node for name in node.input}
    for tensor in [tensor for tensor in graph.initializer if tensor.name not in used]:
        graph.initializer.remove(tensor)
    del graph.value_info[:]
    return small


def put(model, name, values):
    for tensor in model.graph.initializer:
        if tensor.name == name:
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float32), name))


def fitted(features, wanted):
    centred = features - features.mean(0)
    gram = centred.T @ centred
    damping = DAMPING * np.trace(gram) / len(gram)
    return np.linalg.solve(gram + damping * np.eye(len(gram)), centred.T @ (wanted - wanted.mean(0)))


def main():
    whole = onnx.load(os.path.join(RESOURCES, "fashion-resnet.onnx"))
    small = without_last_stage(whole)
    inputs = images()
    put(small, "classifier.weight", np.eye(32))
    put(small, "classifier.bias", np.zeros(32))
    small.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 32
    pooled = answers(small, inputs)
    wanted = answers(whole, inputs)
    weights = fitted(pooled, wanted)
    put(small, "classifier.weight", weights.T)
    put(small, "classifier.bias", wanted.mean(0) - pooled.mean(0) @ weights)
    small.graph.output[0].type.tensor_type.shape.dim[1].dim_value = 10
    onnx.checker.check_model(small, full_check=True)
    path = os.path.join(RESOURCES, "fashion-small.onnx")
    onnx.save(small, path)
    same = answers(small, inputs).argmax(1) == wanted.argmax(1)
    print(f"{os.path.getsize(path)} bytes, answers as fashion-resnet does on {same.mean():.2%} of the images")


if __name__ == "__main__":
    main()
