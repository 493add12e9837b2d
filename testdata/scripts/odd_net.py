"""A small builder of ONNX graphs with seeded weights, for odd_graphs.py. Needs onnx and numpy."""

import zlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

TYPES = {np.float32: TensorProto.FLOAT, np.float16: TensorProto.FLOAT16, np.float64: TensorProto.DOUBLE,
         np.int64: TensorProto.INT64, np.bool_: TensorProto.BOOL}


class Net:
    """A graph under construction. Methods that add a node return the name of its first output."""

    def __init__(self, name, parent=None):
        self.name = name
        self.rng = parent.rng if parent else np.random.default_rng(zlib.crc32(name.encode()))
        self.prefix = name + "." if parent else ""
        self.nodes, self.inputs, self.outputs, self.initializers = [], [], [], []
        self.count = 0
        self.dtype = parent.dtype if parent else np.float32

    def input(self, name, shape, dtype=None):
        self.inputs.append(helper.make_tensor_value_info(name, TYPES[dtype or self.dtype], shape))
        return name

    def output(self, name, shape, dtype=None):
        self.outputs.append(helper.make_tensor_value_info(name, TYPES[dtype or self.dtype], shape))

    def fresh(self, stem):
        self.count += 1
        return f"{self.prefix}{stem}{self.count}"

    def tensor(self, values, name=None, dtype=None):
        """An initializer; its name."""
        name = name or self.fresh("w")
        self.initializers.append(numpy_helper.from_array(np.asarray(values, dtype or self.dtype), name))
        return name

    def ints(self, *values):
        return self.tensor(np.array(values), dtype=np.int64)

    def constant(self, values, dtype=None):
        """The same as a Constant node."""
        return self.node("Constant", [], value=numpy_helper.from_array(np.asarray(values, dtype or self.dtype)))

    def node(self, op, inputs, out=None, name=None, domain="", outputs=1, **attributes):
        name = self.fresh(op.lower()) if name is None else name
        out = out or f"{self.prefix}t{self.count}" if outputs == 1 else out
        names = [out] if outputs == 1 else out
        self.count += 1
        self.nodes.append(helper.make_node(op, inputs, names, name=name, domain=domain, **attributes))
        return names[0]

    def normal(self, *shape, scale=1.0):
        return self.rng.normal(0, scale, shape)

    def weights(self, outputs, inputs, *kernel):
        """He-scaled, with output channels of different size as trained networks have them."""
        fan_in = inputs * int(np.prod(kernel))
        size = self.rng.uniform(0.4, 1.8, (outputs,) + (1,) * (1 + len(kernel)))
        return self.normal(outputs, inputs, *kernel, scale=np.sqrt(2 / fan_in)) * size

    def conv(self, x, inputs, outputs, kernel=(3, 3), out=None, bias=True, group=1, name=None, **attributes):
        weights = self.tensor(self.weights(outputs, inputs // group, *kernel))
        biases = [self.tensor(self.normal(outputs, scale=0.2))] if bias else []
        if "pads" not in attributes and "auto_pad" not in attributes:
            attributes["pads"] = [k // 2 for k in kernel] * 2
        return self.node("Conv", [x, weights] + biases, out, name, kernel_shape=list(kernel), group=group,
                         **attributes)

    def conv_transpose(self, x, inputs, outputs, kernel=(4, 4), out=None, bias=True, group=1, **attributes):
        weights = self.weights(outputs // group, inputs, *kernel).swapaxes(0, 1)
        biases = [self.tensor(self.normal(outputs, scale=0.2))] if bias else []
        return self.node("ConvTranspose", [x, self.tensor(weights)] + biases, out, kernel_shape=list(kernel),
                         group=group, **attributes)

    def bn(self, x, channels, out=None):
        scale = self.rng.uniform(0.5, 1.5, channels) * np.where(self.rng.uniform(size=channels) < 0.2, -1, 1)
        statistics = [scale, self.normal(channels, scale=0.3), self.normal(channels, scale=0.5),
                      self.rng.uniform(0.3, 2.0, channels)]
        return self.node("BatchNormalization", [x] + [self.tensor(s) for s in statistics], out, epsilon=1e-5)

    def relu(self, x, out=None):
        return self.node("Relu", [x], out)

    def gemm(self, x, inputs, outputs, out=None):
        """x W^T + b, as PyTorch writes a Linear layer."""
        return self.node("Gemm", [x, self.tensor(self.weights(outputs, inputs)),
                                  self.tensor(self.normal(outputs, scale=0.2))], out, transB=1)

    def classifier(self, x, channels, out="y", classes=5):
        """Global average pool, Flatten, Gemm: the usual end of a network; also declares the output."""
        pooled = self.node("Flatten", [self.node("GlobalAveragePool", [x])])
        self.gemm(pooled, channels, classes, out)
        self.output(out, ["N", classes])

    def graph(self):
        return helper.make_graph(self.nodes, self.name, self.inputs, self.outputs, self.initializers)

    def body(self, name):
        """A graph inside this one; give its graph() to If or Loop."""
        return Net(name, self)
