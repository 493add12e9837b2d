"""Gradients of a network as JAX computes them: reference/gradients.onnx and .json.

The network has strides, dilations, groups and uneven paddings whose windows stop short of the end. Run with jax and onnx:

    python gradient_reference.py ../src/main/resources/lathe/testdata/reference
"""

import json
import os
import sys

import jax
import jax.numpy as jnp
import numpy as np
import onnx
from jax import lax
from onnx import TensorProto, helper, numpy_helper

jax.config.update("jax_enable_x64", True)

RANDOM = np.random.default_rng(0)
SHAPE = (2, 3, 13, 12)


def normal(*shape, deviation=1.0):
    return (deviation * RANDOM.standard_normal(shape)).astype(np.float32)


WEIGHTS = {
    "w1": normal(6, 3, 3, 3, deviation=0.4),
    "b1": normal(6),
    "gamma": normal(6),
    "beta": normal(6),
    "mean": normal(6),
    "var": np.abs(normal(6)) + np.float32(0.5),
    "w2": normal(6, 1, 3, 2, deviation=0.6),
    "w3": normal(6, 6, 1, 1, deviation=0.5),
    "w4": normal(12, 5, deviation=0.5),
    "b4": normal(5),
    "low": np.float32(-1),
    "high": np.float32(1.5),
}


def network(x, p):
    a = lax.conv_general_dilated(x, p["w1"], (2, 1), [(0, 1), (2, 1)]) + p["b1"][:, None, None]
    factor = p["gamma"] / jnp.sqrt(p["var"] + 1e-5)
    a = (a - p["mean"][:, None, None]) * factor[:, None, None] + p["beta"][:, None, None]
    a = jnp.maximum(a, 0)
    b = lax.conv_general_dilated(a, p["w2"], (1, 1), [(2, 2), (1, 0)], rhs_dilation=(2, 1), feature_group_count=6)
    b = jnp.clip(b, p["low"], p["high"])
    c = a + lax.conv_general_dilated(b, p["w3"], (1, 1), [(0, 0), (0, 0)])
    d = lax.reduce_window(c, -jnp.inf, lax.max, (1, 1, 3, 3), (1, 1, 2, 2), [(0, 0), (0, 0), (1, 0), (0, 1)])
    e = lax.reduce_window(d, 0.0, lax.add, (1, 1, 2, 2), (1, 1, 1, 2), [(0, 0), (0, 0), (0, 0), (0, 0)]) / 4
    f = jnp.concatenate([e * jax.nn.sigmoid(e), e[:, ::-1]], axis=1)[:, 0:12]
    g = f.mean(axis=(2, 3))
    return g @ p["w4"] + p["b4"]


def graph():
    node = helper.make_node
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["a0"], strides=[2, 1], pads=[0, 2, 1, 1]),
        node("BatchNormalization", ["a0", "gamma", "beta", "mean", "var"], ["a1"]),
        node("Relu", ["a1"], ["a"]),
        node("Conv", ["a", "w2"], ["b0"], dilations=[2, 1], pads=[2, 1, 2, 0], group=6),
        node("Clip", ["b0", "low", "high"], ["b"]),
        node("Conv", ["b", "w3"], ["c0"]),
        node("Add", ["a", "c0"], ["c"]),
        node("MaxPool", ["c"], ["d"], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 0, 0, 1]),
        node("AveragePool", ["d"], ["e"], kernel_shape=[2, 2], strides=[1, 2]),
        node("Sigmoid", ["e"], ["s"]),
        node("Mul", ["e", "s"], ["silu"]),
        node("Split", ["e"], [f"e{i}" for i in range(6)], axis=1),
        node("Concat", ["silu"] + [f"e{i}" for i in range(5, -1, -1)], ["f"], axis=1),
        node("GlobalAveragePool", ["f"], ["g0"]),
        node("Flatten", ["g0"], ["g"]),
        node("Gemm", ["g", "w4", "b4"], ["y"]),
    ]
    value = helper.make_tensor_value_info
    made = helper.make_graph(
        nodes,
        "gradients",
        [value("x", TensorProto.FLOAT, ["batch", *SHAPE[1:]])],
        [value("y", TensorProto.FLOAT, ["batch", 5])],
        [numpy_helper.from_array(tensor, name) for name, tensor in WEIGHTS.items()],
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=7)
    onnx.checker.check_model(model, full_check=True)
    return model


def main(folder):
    x = normal(*SHAPE)
    seed = normal(2, 5)
    p = {name: jnp.asarray(tensor, jnp.float64) for name, tensor in WEIGHTS.items()}
    y, pull = jax.vjp(lambda image: network(image, p), jnp.asarray(x, jnp.float64))
    (gradient,) = pull(jnp.asarray(seed, jnp.float64))
    onnx.save(graph(), os.path.join(folder, "gradients.onnx"))
    record = {
        "jax": jax.__version__,
        "x": x.ravel().tolist(),
        "y": np.asarray(y, np.float32).ravel().tolist(),
        "seed": seed.ravel().tolist(),
        "gradient": np.asarray(gradient, np.float32).ravel().tolist(),
    }
    with open(os.path.join(folder, "gradients.json"), "w", encoding="utf-8") as file:
        file.write(json.dumps({k: [float(f"{n:.8g}") for n in v] if isinstance(v, list) else v for k, v in record.items()}))
        file.write("\n")


main(sys.argv[1])
