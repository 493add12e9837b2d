"""Times convolutions in ONNX Runtime: in float, in integers, and in float between integer layers.

The rule of lathe.engine.qdq.IntegerKernels comes from this table. Needs onnx, onnxruntime and numpy:

    python bench/scripts/integer_kernels.py

Each line is one shape: four such layers in series, one thread, medians of runs in turn. "int8" is what ONNX Runtime makes of
QDQ nodes around every layer; "between" computes in float what lies between quantized activations, as Lathe writes layers
that keep float activations; both are given as multiples of float.
"""

import time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

LAYERS = 4
ROUNDS = 15
RNG = np.random.default_rng(0)


def chain(form, channels, groups, kernel, size, multiplier, dilation, stride):
    """Four layers in series. A layer that multiplies channels is followed by a 1x1 layer that brings them back."""
    inits, nodes = [], []

    def put(name, array):
        inits.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def op(kind, inputs, **attributes):
        output = f"v{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    scale, zero = put("s", np.float32(0.05)), put("z", np.uint8(128))

    def vector(count):
        if all(i.name != f"s{count}" for i in inits):
            put(f"s{count}", np.full(count, 0.05, np.float32))
            put(f"z{count}", np.full(count, 128, np.uint8))
        return [f"s{count}", f"z{count}"]

    def quantized(value, count):
        codes = op("QuantizeLinear", [value, scale, zero])
        # A scale per channel, all equal: keeps ONNX Runtime from quantizing the float weights by itself.
        return op("DequantizeLinear", [codes, *vector(count)], axis=1) if form == "between" else op(
            "DequantizeLinear", [codes, scale, zero])

    def layer(value, inputs, outputs, group, window, name, **attributes):
        shape = (outputs, inputs // group, *window)
        weights = (RNG.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)
        if form == "int8":
            put(f"{name}q", np.clip(np.round(weights / 0.02), -127, 127).astype(np.int8))
            put(f"{name}s", np.full(outputs, 0.02, np.float32))
            put(f"{name}z", np.zeros(outputs, np.int8))
            source = op("DequantizeLinear", [f"{name}q", f"{name}s", f"{name}z"], axis=0)
        else:
            source = put(f"{name}w", weights)
        result = op("Conv", [value, source], group=group, **attributes)
        return result if form == "float" else quantized(result, outputs)

    value = "x" if form == "float" else quantized("x", channels)
    rank = len(kernel)
    extents = list(size)
    for i in range(LAYERS):
        pads = [dilation * (k // 2) for k in kernel] * 2
        strides = [stride if i == 0 else 1] * rank
        value = layer(value, channels, channels * multiplier, groups, kernel, f"a{i}", pads=pads, strides=strides,
                      dilations=[dilation] * rank)
        if multiplier > 1:
            value = layer(value, channels * multiplier, channels, 1, [1] * rank, f"b{i}")
    extents = [(e + stride - 1) // stride for e in extents]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, *size])],
        [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, channels, *extents])], inits)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def session(model):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def line(title, channels, groups, kernel=(3, 3), size=(28, 28), multiplier=1, dilation=1, stride=1):
    forms = {form: session(chain(form, channels, groups, kernel, size, multiplier, dilation, stride))
             for form in ("float", "int8", "between")}
    feed = {"x": RNG.standard_normal((1, channels, *size)).astype(np.float32)}
    millis = {form: [] for form in forms}
    for _ in range(ROUNDS):
        for form, network in forms.items():
            start = time.perf_counter()
            network.run(None, feed)
            millis[form].append(1e3 * (time.perf_counter() - start))
    median = {form: float(np.median(times)) for form, times in millis.items()}
    print(f"{title:34s} float {median['float']:8.3f} ms   int8 {median['int8'] / median['float']:6.2f}x"
          f"   between {median['between'] / median['float']:6.2f}x", flush=True)


def main():
    print("onnxruntime", ort.__version__)
    for channels in (32, 64, 128, 256):
        for of_group in (1, 2, 4, 8, 16, 32, 64):
            if of_group <= channels:
                line(f"3x3, {channels} channels, {of_group} a group", channels, channels // of_group)
    for multiplier in (2, 4):
        line(f"depthwise 3x3, 64 channels times {multiplier}", 64, 64, multiplier=multiplier)
    line("depthwise 5x5, 64 channels", 64, 64, kernel=(5, 5))
    line("depthwise 3x3, 128 channels, stride 2", 128, 128, stride=2, size=(56, 56))
    line("depthwise 3x3, 128 channels, dilated", 128, 128, dilation=2)
    line("3x3, 64 channels, stride 2", 64, 1, stride=2, size=(56, 56))
    line("3x3, 64 channels, dilated", 64, 1, dilation=2)
    line("1x1, 64 channels", 64, 1, kernel=(1, 1))
    line("1x1, 256 channels, 32 a group", 256, 8, kernel=(1, 1))
    line("1x1, 256 channels, 64 a group", 256, 4, kernel=(1, 1))
    for channels in (16, 64, 128):
        line(f"1-D 3, {channels} channels", channels, 1, kernel=(3,), size=(784,))
    line("1-D 3, 64 channels, 16 a group", 64, 4, kernel=(3,), size=(784,))
    line("1-D 9 depthwise, 64 channels", 64, 64, kernel=(9,), size=(784,))
    for channels in (8, 16, 64):
        line(f"3-D 3x3x3, {channels} channels", channels, 1, kernel=(3, 3, 3), size=(8, 14, 14))
    line("3-D 3x3x3 depthwise, 32 channels", 32, 32, kernel=(3, 3, 3), size=(8, 14, 14))
    line("3-D 1x3x3, 32 channels", 32, 1, kernel=(1, 3, 3), size=(8, 14, 14))
    for channels in (4, 8, 16):
        line(f"3x3, {channels} channels", channels, 1)
        line(f"1x1, {channels} channels", channels, 1, kernel=(1, 1))
    line("1x1 of one pixel, 64 channels", 64, 1, kernel=(1, 1), size=(1, 1))
    line("1x1 of one pixel, 512 channels", 512, 1, kernel=(1, 1), size=(1, 1))


if __name__ == "__main__":
    main()
