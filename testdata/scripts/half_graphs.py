"""Writes small networks that compute in 16 bits to half/ in the resources. Weights are seeded. Needs onnx, numpy and ml_dtypes.

conv-float16     three convolutions and a Gemm, all FLOAT16, inputs and outputs too
conv-bfloat16    the same in BFLOAT16
conv-kept-io     the same in FLOAT16 with inputs and outputs in FLOAT and Casts behind and before them
matmul-float16   two MatMuls with Add, Relu and a residual, FLOAT16; its constants in Constant nodes
matmul-bfloat16  the same in BFLOAT16
mixed            a convolution in FLOAT, a Cast, one in FLOAT16, a Cast, a Gemm in FLOAT
"""

import pathlib

import ml_dtypes
import numpy as np
import onnx
from onnx import TensorProto, helper

FOLDER = pathlib.Path(__file__).parent.parent / "src/main/resources/lathe/testdata/half"
TYPES = {TensorProto.FLOAT: np.float32, TensorProto.FLOAT16: np.float16, TensorProto.BFLOAT16: ml_dtypes.bfloat16}


def tensor(rng, name, kind, *shape):
    spread = 1 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.1
    values = (rng.standard_normal(shape) * spread).astype(TYPES[kind])
    return helper.make_tensor(name, kind, shape, values.tobytes(), raw=True)


def cast(source, target, kind):
    return helper.make_node("Cast", [source], [target], to=kind)


def save(name, nodes, inputs, outputs, tensors):
    graph = helper.make_graph(nodes, name, inputs, outputs, tensors)
    brain = any(tensor.data_type == TensorProto.BFLOAT16 for tensor in tensors)
    opset, ir_version = (22, 10) if brain else (17, 8)  # the first whose Conv takes BFLOAT16
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=ir_version)
    model.producer_name = ""
    model = onnx.shape_inference.infer_shapes(model)  # so that the file says the types of inner values
    onnx.checker.check_model(model, full_check=True)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def info(name, kind, *shape):
    return helper.make_tensor_value_info(name, kind, shape)


def conv(name, kind, io):
    rng = np.random.default_rng(7)
    channels = [3, 16, 24, 32]
    nodes, tensors, value = [], [], "x"
    if io != kind:
        nodes.append(cast("x", "x_cast", kind))
        value = "x_cast"
    for i in range(3):
        tensors.append(tensor(rng, f"w{i}", kind, channels[i + 1], channels[i], 3, 3))
        tensors.append(tensor(rng, f"b{i}", kind, channels[i + 1]))
        nodes.append(helper.make_node("Conv", [value, f"w{i}", f"b{i}"], [f"c{i}"], f"conv{i}", pads=[1] * 4, strides=[2] * 2))
        nodes.append(helper.make_node("Relu", [f"c{i}"], [f"r{i}"], f"relu{i}"))
        value = f"r{i}"
    tensors += [tensor(rng, "w3", kind, 10, 32), tensor(rng, "b3", kind, 10)]
    nodes.append(helper.make_node("GlobalAveragePool", [value], ["pooled"], "pool"))
    nodes.append(helper.make_node("Flatten", ["pooled"], ["flat"], "flatten"))
    last = "y" if io == kind else "y_half"
    nodes.append(helper.make_node("Gemm", ["flat", "w3", "b3"], [last], "gemm", transB=1))
    if io != kind:
        nodes.append(cast("y_half", "y", io))
    save(name, nodes, [info("x", io, 1, 3, 32, 32)], [info("y", io, 1, 10)], tensors)


def matmul(name, kind):
    rng = np.random.default_rng(11)
    shapes = {"w0": (64, 96), "b0": (96,), "w1": (96, 64), "b1": (64,)}
    nodes = [helper.make_node("Constant", [], [key], value=tensor(rng, key, kind, *shape)) for key, shape in shapes.items()]
    nodes += [
        helper.make_node("MatMul", ["x", "w0"], ["m0"], "first"),
        helper.make_node("Add", ["m0", "b0"], ["a0"], "add0"),
        helper.make_node("Relu", ["a0"], ["r0"], "relu"),
        helper.make_node("MatMul", ["r0", "w1"], ["m1"], "second"),
        helper.make_node("Add", ["m1", "b1"], ["a1"], "add1"),
        helper.make_node("Add", ["a1", "x"], ["y"], "residual"),
    ]
    save(name, nodes, [info("x", kind, "n", 64)], [info("y", kind, "n", 64)], [])


def mixed(name):
    rng = np.random.default_rng(13)
    wide, half = TensorProto.FLOAT, TensorProto.FLOAT16
    tensors = [tensor(rng, "w0", wide, 16, 3, 3, 3), tensor(rng, "w1", half, 32, 16, 3, 3), tensor(rng, "b1", half, 32),
               tensor(rng, "w2", wide, 10, 32), tensor(rng, "b2", wide, 10)]
    nodes = [
        helper.make_node("Conv", ["x", "w0"], ["c0"], "conv0", strides=[2] * 2),
        helper.make_node("Relu", ["c0"], ["r0"], "relu0"),
        cast("r0", "h0", half),
        helper.make_node("Conv", ["h0", "w1", "b1"], ["c1"], "conv1", strides=[2] * 2),
        helper.make_node("Relu", ["c1"], ["r1"], "relu1"),
        cast("r1", "f1", wide),
        helper.make_node("GlobalAveragePool", ["f1"], ["pooled"], "pool"),
        helper.make_node("Flatten", ["pooled"], ["flat"], "flatten"),
        helper.make_node("Gemm", ["flat", "w2", "b2"], ["y"], "gemm", transB=1),
    ]
    outputs = [info("y", wide, 1, 10), info("r1", half, 1, 32, 7, 7)]
    save(name, nodes, [info("x", wide, 1, 3, 32, 32)], outputs, tensors)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    conv("conv-float16", TensorProto.FLOAT16, TensorProto.FLOAT16)
    conv("conv-bfloat16", TensorProto.BFLOAT16, TensorProto.BFLOAT16)
    conv("conv-kept-io", TensorProto.FLOAT16, TensorProto.FLOAT)
    matmul("matmul-float16", TensorProto.FLOAT16)
    matmul("matmul-bfloat16", TensorProto.BFLOAT16)
    mixed("mixed")
