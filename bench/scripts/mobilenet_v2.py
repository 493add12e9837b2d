"""Writes MobileNetV2 (Sandler et al., arXiv 1801.04381, table 2) with random weights as ONNX.

Time, memory and latency of a compression depend on the shapes of a network, not on what it has learnt, so they can be
measured without a pretrained file. Accuracy cannot.

    python3 mobilenet_v2.py OUT.onnx [--batch-norm]

Needs numpy and onnx.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Builder:
    def __init__(self, batch_norm):
        self.batch_norm = batch_norm
        self.random = np.random.default_rng(0)
        self.nodes, self.tensors = [], []

    def tensor(self, name, values):
        self.tensors.append(numpy_helper.from_array(np.asarray(values, np.float32), name))
        return name

    def conv(self, name, x, inputs, outputs, kernel, stride=1, groups=1, clip=True):
        fan_in = inputs // groups * kernel * kernel
        weights = self.random.normal(0, np.sqrt(2 / fan_in), (outputs, inputs // groups, kernel, kernel))
        parameters = [x, self.tensor(name + ".weight", weights)]
        if not self.batch_norm:
            parameters.append(self.tensor(name + ".bias", self.random.normal(0, 0.1, outputs)))
        self.nodes.append(
            helper.make_node(
                "Conv", parameters, [name + ".conv"], name=name, kernel_shape=[kernel] * 2,
                strides=[stride] * 2, pads=[kernel // 2] * 4, group=groups))
        y = name + ".conv"
        if self.batch_norm:
            norm = [("scale", np.abs(self.random.normal(1, 0.2, outputs))), ("shift", self.random.normal(0, 0.3, outputs)),
                    ("mean", np.zeros(outputs)), ("variance", np.ones(outputs))]
            names = [self.tensor(f"{name}.norm.{role}", values) for role, values in norm]
            self.nodes.append(helper.make_node("BatchNormalization", [y] + names, [name + ".bn"], name=name + ".norm"))
            y = name + ".bn"
        if clip:
            self.nodes.append(helper.make_node("Clip", [y, "zero", "six"], [name + ".clip"], name=name + ".relu6"))
            y = name + ".clip"
        return y

    def bottleneck(self, name, x, inputs, outputs, stride, expansion):
        hidden = inputs * expansion
        y = x
        if expansion != 1:
            y = self.conv(name + ".expand", y, inputs, hidden, 1)
        y = self.conv(name + ".depthwise", y, hidden, hidden, 3, stride, hidden)
        y = self.conv(name + ".project", y, hidden, outputs, 1, clip=False)
        if stride == 1 and inputs == outputs:
            self.nodes.append(helper.make_node("Add", [x, y], [name + ".sum"], name=name + ".add"))
            y = name + ".sum"
        return y

    def build(self):
        self.tensor("zero", 0)
        self.tensor("six", 6)
        x, inputs = self.conv("stem", "image", 3, 32, 3, 2), 32
        table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
        for stage, (expansion, outputs, repeats, stride) in enumerate(table):
            for i in range(repeats):
                x = self.bottleneck(f"stage{stage}.{i}", x, inputs, outputs, stride if i == 0 else 1, expansion)
                inputs = outputs
        x = self.conv("head", x, inputs, 1280, 1)
        weights = self.random.normal(0, 0.03, (1000, 1280))
        self.nodes += [
            helper.make_node("GlobalAveragePool", [x], ["pooled"], name="pool"),
            helper.make_node("Flatten", ["pooled"], ["features"], name="flatten"),
            helper.make_node(
                "Gemm", ["features", self.tensor("classifier.weight", weights),
                         self.tensor("classifier.bias", np.zeros(1000))], ["logits"], name="classifier", transB=1)]
        graph = helper.make_graph(
            self.nodes, "mobilenet_v2",
            [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 3, 224, 224])],
            [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 1000])], self.tensors)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("out")
    arguments.add_argument("--batch-norm", action="store_true", help="keep BatchNormalization nodes")
    options = arguments.parse_args()
    model = Builder(options.batch_norm).build()
    onnx.checker.check_model(model)
    onnx.save(model, options.out)
