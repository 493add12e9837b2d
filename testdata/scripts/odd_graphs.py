"""Writes the small hand-made networks of src/main/resources/lathe/testdata/odd, one per odd case.

    python3 odd_graphs.py        writes, checks and runs every case, and writes README.md and index.txt

Needs the packages onnx, onnxruntime and numpy. Each case is one function below: its name is the file's name,
its first line says what is odd about it. Weights come from a generator seeded with the file's name, so adding a
case does not change the others.
"""

import os

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from odd_net import Net

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..",
                      "src", "main", "resources", "lathe", "testdata", "odd")
CUSTOM_DOMAIN = "org.example.unknown"
HEADING = """# Odd graphs

{cases} small networks made by hand, each with one thing that a tool must survive. Written by `scripts/odd_graphs.py`,
which also checks each with `onnx.checker` and runs each in ONNX Runtime. {refused} of them say in the table that ONNX
Runtime refuses them: they can be read and written, not run. Weights are seeded noise. Opset 13 and IR version 7 unless
the case says otherwise. `index.txt` lists the files for tests: name, tab, `runs` or `does-not-load`.

| file | what it is |
|---|---|
"""
CASES = []


def image(net, channels=3, size=12):
    return net.input("image", ["N", channels, size, size])


def case(opset=13, ir=7, runs=True, folder="", finish=None):
    """Registers a case. finish(model) changes the finished model; runs=False: ONNX Runtime must refuse it."""
    def register(function):
        CASES.append((function, opset, ir, runs, folder, finish))
        return function
    return register


# ---- convolutions ---------------------------------------------------------------------------------------

@case()
def conv1d(net):
    """Conv of rank 3 (signals), strided, then Gemm"""
    x = net.relu(net.conv(net.input("signal", ["N", 4, 32]), 4, 8, (3,)))
    net.classifier(net.relu(net.conv(x, 8, 8, (5,), strides=[2])), 8)


@case()
def conv3d(net):
    """Conv of rank 5 (volumes), then Gemm"""
    x = net.relu(net.conv(net.input("volume", ["N", 2, 8, 8, 8]), 2, 6, (3, 3, 3)))
    net.classifier(net.relu(net.conv(x, 6, 6, (1, 3, 3), strides=[1, 2, 2])), 6)


@case()
def conv_grouped(net):
    """Conv with 4 groups, and one whose groups have a single input and several outputs"""
    x = net.relu(net.conv(image(net, 4), 4, 16, (3, 3), group=4))
    net.classifier(net.relu(net.conv(x, 16, 8, (3, 3), group=4)), 8)


@case()
def conv_depthwise_dilated(net):
    """depthwise Conv with dilation 2, and a depthwise one with 2 outputs per input channel"""
    x = net.relu(net.conv(image(net), 3, 8))
    x = net.relu(net.conv(x, 8, 8, (3, 3), group=8, dilations=[2, 2], pads=[2, 2, 2, 2]))
    net.classifier(net.relu(net.conv(x, 8, 16, (3, 3), group=8, dilations=[2, 1], pads=[2, 1, 2, 1])), 16)


@case()
def conv_same_upper(net):
    """auto_pad SAME_UPPER with stride 2 and an even kernel: the padding is not symmetric"""
    x = net.relu(net.conv(image(net, 3, 13), 3, 8, (4, 4), auto_pad="SAME_UPPER", strides=[2, 2]))
    net.classifier(net.relu(net.conv(x, 8, 8, (3, 2), auto_pad="SAME_UPPER")), 8)


@case()
def conv_same_lower(net):
    """auto_pad SAME_LOWER with stride 2 and an even kernel: the padding is not symmetric"""
    x = net.relu(net.conv(image(net, 3, 13), 3, 8, (4, 4), auto_pad="SAME_LOWER", strides=[2, 2]))
    net.classifier(net.relu(net.conv(x, 8, 8, (3, 2), auto_pad="SAME_LOWER")), 8)


@case()
def conv_valid(net):
    """auto_pad VALID: no padding"""
    x = net.relu(net.conv(image(net), 3, 8, auto_pad="VALID"))
    net.classifier(net.relu(net.conv(x, 8, 8, auto_pad="VALID", strides=[2, 2])), 8)


@case()
def conv_asymmetric_pads(net):
    """explicit padding that differs on every side, strides and dilations that differ by axis, kernel 1x5"""
    x = net.relu(net.conv(image(net), 3, 8, (3, 3), pads=[0, 1, 2, 3], strides=[2, 1], dilations=[1, 2]))
    net.classifier(net.relu(net.conv(x, 8, 8, (1, 5))), 8)


@case()
def conv_no_attributes(net):
    """Conv with no attribute at all: kernel shape from the weights, everything else by default"""
    weights, bias = net.tensor(net.weights(8, 3, 3, 3)), net.tensor(net.normal(8, scale=0.2))
    net.classifier(net.relu(net.node("Conv", [image(net), weights, bias])), 8)


@case()
def conv_one_output_channel(net):
    """Conv with one output channel, as segmentation heads have"""
    x = net.relu(net.conv(image(net), 3, 6))
    net.conv(x, 6, 1, (1, 1), "mask")
    net.output("mask", ["N", 1, 12, 12])


@case()
def conv_one_input(net):
    """layers with a single weight per output: 1x1 Conv on one channel, Gemm with one input"""
    x = net.relu(net.conv(image(net, 1), 1, 6, (1, 1)))
    x = net.conv(x, 6, 1, (1, 1))
    net.classifier(x, 1)


@case()
def conv_dead_output_channel(net):
    """output channels whose weights are all zero: one with bias 3.0, one with bias -1.0 (never passes the Relu)"""
    weights, bias = net.weights(8, 3, 3, 3), net.normal(8, scale=0.2)
    weights[[2, 5]], bias[2], bias[5] = 0, 3.0, -1.0
    x = net.node("Conv", [image(net), net.tensor(weights), net.tensor(bias)], pads=[1, 1, 1, 1])
    net.classifier(net.relu(net.conv(net.relu(x), 8, 8)), 8)


@case()
def conv_outlier_weights(net):
    """weights with outliers 100 times the rest, and channels 1000 times smaller than the rest"""
    weights = net.weights(8, 3, 3, 3)
    weights[1, 2, 0, 1] = 40.0
    weights[4] *= 1e-3
    x = net.node("Conv", [image(net), net.tensor(weights), net.tensor(net.normal(8))], pads=[1, 1, 1, 1])
    net.classifier(net.relu(net.conv(net.relu(x), 8, 8)), 8)


@case()
def conv_all_zero(net):
    """a Conv whose weights are all zero: any relative error of this layer is 0/0"""
    x = net.relu(net.conv(image(net), 3, 8))
    zero = net.node("Conv", [x, net.tensor(np.zeros((8, 8, 3, 3))), net.tensor(net.normal(8))], pads=[1, 1, 1, 1])
    net.classifier(net.relu(net.node("Add", [x, zero])), 8)


@case()
def conv_dead_input(net):
    """a Conv whose input is zero for every image, because the Relu before it never opens"""
    x = net.relu(net.conv(image(net), 3, 8))
    weights, bias = net.tensor(net.weights(8, 8, 3, 3)), net.tensor(np.full(8, -1000.0))
    dead = net.relu(net.node("Conv", [x, weights, bias], pads=[1, 1, 1, 1]))
    net.classifier(net.relu(net.node("Add", [x, net.conv(dead, 8, 8)])), 8)


@case()
def conv_empty_bias(net):
    """Conv whose third input is there but has an empty name: no bias"""
    x = net.node("Conv", [image(net), net.tensor(net.weights(8, 3, 3, 3)), ""], pads=[1, 1, 1, 1])
    net.classifier(net.relu(net.conv(net.relu(x), 8, 8)), 8)


@case()
def convtranspose(net):
    """ConvTranspose with stride 2, kernel 4, padding 1 and output_padding 1"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    net.conv_transpose(x, 8, 3, out="y", strides=[2, 2], pads=[1, 1, 1, 1], output_padding=[1, 1])
    net.output("y", ["N", 3, 13, 13])


@case()
def convtranspose_grouped(net):
    """ConvTranspose with 2 groups and different numbers of inputs and outputs"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    x = net.relu(net.conv_transpose(x, 8, 12, group=2, strides=[2, 2], pads=[1, 1, 1, 1]))
    net.conv(x, 12, 3, (1, 1), "y")
    net.output("y", ["N", 3, 12, 12])


@case()
def convtranspose_bn(net):
    """ConvTranspose without bias, then BatchNormalization"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    x = net.conv_transpose(x, 8, 6, bias=False, strides=[2, 2], pads=[1, 1, 1, 1])
    net.conv(net.relu(net.bn(x, 6)), 6, 3, (1, 1), "y")
    net.output("y", ["N", 3, 12, 12])


@case()
def convtranspose_grouped_bn(net):
    """ConvTranspose with 4 groups and a bias, then BatchNormalization"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    x = net.conv_transpose(x, 8, 8, group=4, strides=[2, 2], pads=[1, 1, 1, 1])
    net.conv(net.relu(net.bn(x, 8)), 8, 3, (1, 1), "y")
    net.output("y", ["N", 3, 12, 12])


# ---- Gemm and MatMul ------------------------------------------------------------------------------------

def _gemm_pair(net, trans_a, trans_b):
    """Two Gemm layers with alpha 0.5 and beta 2; with transA the input comes in transposed."""
    x = net.input("x", [16, "N"] if trans_a else ["N", 16])
    first = net.weights(12, 16) if trans_b else net.weights(12, 16).T
    x = net.node("Gemm", [x, net.tensor(first), net.tensor(net.normal(12, scale=0.2))],
                 transA=trans_a, transB=trans_b, alpha=0.5, beta=2.0)
    x = net.relu(x)
    x = net.node("Transpose", [x], perm=[1, 0]) if trans_a else x
    last = net.weights(5, 12) if trans_b else net.weights(5, 12).T
    net.node("Gemm", [x, net.tensor(last), net.tensor(net.normal(5, scale=0.2))], "y",
             transA=trans_a, transB=trans_b, alpha=2.0, beta=0.25)
    net.output("y", ["N", 5])


@case()
def gemm_alpha_beta(net):
    """Gemm without transposes, alpha and beta not 1"""
    _gemm_pair(net, 0, 0)


@case()
def gemm_transb(net):
    """Gemm with transB, alpha and beta not 1"""
    _gemm_pair(net, 0, 1)


@case()
def gemm_transa(net):
    """Gemm with transA, alpha and beta not 1; the batch is the second axis of the input"""
    _gemm_pair(net, 1, 0)


@case()
def gemm_transa_transb(net):
    """Gemm with transA and transB, alpha and beta not 1"""
    _gemm_pair(net, 1, 1)


@case()
def gemm_weights_first(net):
    """Gemm whose first operand is the weights and whose second is the activations, transposed"""
    x = net.input("x", ["N", 16])
    x = net.node("Gemm", [net.tensor(net.weights(12, 16)), x, net.tensor(net.normal(12, 1, scale=0.2))], transB=1)
    x = net.node("Transpose", [net.relu(x)], perm=[1, 0])
    net.gemm(x, 12, 5, "y")
    net.output("y", ["N", 5])


@case()
def gemm_bias_shapes(net):
    """Gemm with no bias, a scalar bias, a bias of shape [1,M], and an activation as bias (a residual)"""
    x = net.input("x", ["N", 16])
    x = net.relu(net.node("Gemm", [x, net.tensor(net.weights(16, 16))], transB=1))
    x = net.relu(net.node("Gemm", [x, net.tensor(net.weights(16, 16)), net.tensor(0.3)], transB=1))
    y = net.relu(net.node("Gemm", [x, net.tensor(net.weights(16, 16)), net.tensor(net.normal(1, 16))], transB=1))
    net.node("Gemm", [y, net.tensor(net.weights(16, 16)), x], "y", transB=1)
    net.output("y", ["N", 16])


@case()
def gemm_bn(net):
    """Gemm then BatchNormalization, on a tensor of rank 2"""
    x = net.relu(net.bn(net.gemm(net.input("x", ["N", 16]), 16, 12), 12))
    net.gemm(x, 12, 5, "y")
    net.output("y", ["N", 5])


@case()
def gemm_float64(net):
    """a network in float64"""
    net.dtype = np.float64
    x = net.relu(net.gemm(net.input("x", ["N", 16]), 16, 12))
    net.gemm(x, 12, 5, "y")
    net.output("y", ["N", 5])


def _matmul_add(net, x, inputs, outputs, out=None, bias_first=False):
    x = net.node("MatMul", [x, net.tensor(net.weights(outputs, inputs).T)])
    bias = net.tensor(net.normal(outputs, scale=0.2))
    return net.node("Add", [bias, x] if bias_first else [x, bias], out)


@case()
def matmul_add_rank2(net):
    """MatMul then Add of a bias, input of rank 2; the bias once first and once second in the Add"""
    x = net.relu(_matmul_add(net, net.input("x", ["N", 16]), 16, 12, bias_first=True))
    _matmul_add(net, x, 12, 5, "y")
    net.output("y", ["N", 5])


@case()
def matmul_add_rank3(net):
    """MatMul then Add of a bias, input of rank 3 (batch, tokens, features)"""
    x = net.relu(_matmul_add(net, net.input("tokens", ["N", 7, 16]), 16, 12))
    _matmul_add(net, x, 12, 5, "y")
    net.output("y", ["N", 7, 5])


@case()
def matmul_weights_first(net):
    """MatMul with the weights as first operand: they act on the second last axis"""
    x = net.node("MatMul", [net.tensor(net.weights(9, 7)), net.input("tokens", ["N", 7, 16])])
    _matmul_add(net, net.relu(x), 16, 5, "y")
    net.output("y", ["N", 9, 5])


@case()
def matmul_weights_rank3(net):
    """MatMul with weights of rank 3: a different matrix for each of 4 heads"""
    heads = np.stack([net.weights(6, 8).T for _ in range(4)])
    x = net.node("MatMul", [net.input("heads", ["N", 4, 7, 8]), net.tensor(heads)])
    _matmul_add(net, net.relu(x), 6, 5, "y")
    net.output("y", ["N", 4, 7, 5])


@case()
def matmul_left_batched(net):
    """MatMul with weights on the left and on the right, in batches of one, two and three axes, met by one input for all"""
    x = net.node("MatMul", [net.input("x", ["N", 4, 8, 16]), net.tensor(_stack(net, (4,), 16, 12))])
    x = net.node("Add", [x, net.tensor(net.normal(4, 1, 12, scale=0.2))])
    x = net.relu(net.node("MatMul", [net.tensor(net.weights(10, 8)), x]))
    x = net.node("Add", [x, net.tensor(net.normal(10, 1, scale=0.2))])
    x = net.relu(net.node("MatMul", [net.tensor(_stack(net, (4,), 9, 10)), x]))
    x = net.node("MatMul", [net.node("Unsqueeze", [x, net.ints(1)]), net.tensor(_stack(net, (3, 1), 12, 6))])
    net.node("MatMul", [net.node("ReduceMean", [x], axes=[1, 2], keepdims=1), net.tensor(_stack(net, (2, 3), 6, 5))], "y")
    net.output("y", ["N", 2, 3, 9, 5])


def _stack(net, batch, rows, columns):
    """A batch of matrices, each of rows x columns."""
    matrices = [net.weights(columns, rows).T for _ in range(int(np.prod(batch)))]
    return np.stack(matrices).reshape(*batch, rows, columns)


@case()
def einsum_attention(net):
    """attention as Einsum writes it: projections to heads and back, a matrix per head, weights left and right, an ellipsis"""
    x = net.input("tokens", ["N", 7, 16])
    heads = net.weights(24, 16).T
    query = net.node("Einsum", [x, net.tensor(heads.reshape(16, 4, 6))], equation="bsd,dhk->bhsk")
    key = net.node("Einsum", [net.tensor(net.weights(24, 16).reshape(4, 6, 16)), x], equation="hkd, bsd -> bhsk")
    value = net.node("Einsum", [x, net.tensor(net.weights(24, 16).T.reshape(16, 4, 6))], equation="...d,dhk->...hk")
    value = net.node("Add", [value, net.tensor(net.normal(4, 6, scale=0.2))])
    query = net.node("Einsum", [query, net.tensor(_stack(net, (4,), 6, 6))], equation="bhsk,hkl->bhsl")
    scores = net.node("Softmax", [net.node("Einsum", [query, key], equation="bhqk,bhsk->bhqs")], axis=-1)
    mixed = net.node("Einsum", [scores, value], equation="bhqs,bshk->bqhk")
    net.node("Einsum", [mixed, net.tensor(net.weights(16, 24).T.reshape(4, 6, 16))], "y", equation="bqhk,hkd->bqd")
    net.output("y", ["N", 7, 16])


@case()
def conv_transpose_grouped(net):
    """ConvTranspose in groups: of several channels, depthwise, with two outputs per channel; 1-D"""
    x = net.relu(net.node("ConvTranspose", [net.input("signal", ["N", 8, 12]), net.tensor(net.normal(8, 3, 4, scale=0.3)),
                                            net.tensor(net.normal(6, scale=0.2))], group=2, strides=[2]))
    x = net.relu(net.node("ConvTranspose", [x, net.tensor(net.normal(6, 1, 3, scale=0.5))], group=6, pads=[1, 1]))
    x = net.relu(net.node("ConvTranspose", [x, net.tensor(net.normal(6, 2, 3, scale=0.5))], group=6))
    net.classifier(x, 12)


@case()
def conv_transpose_volume(net):
    """Conv and ConvTranspose of volumes, in groups"""
    x = net.relu(net.conv(net.input("volume", ["N", 2, 6, 6, 6]), 2, 8, (3, 3, 3)))
    x = net.relu(net.conv(x, 8, 8, (1, 3, 3), group=4))
    x = net.relu(net.node("ConvTranspose", [x, net.tensor(net.normal(8, 3, 2, 2, 2, scale=0.3))], group=4, strides=[2, 2, 2]))
    net.classifier(x, 12)


@case()
def matmul_two_activations(net):
    """attention: MatMul of two activations (no weights in it), Softmax, between MatMuls with weights"""
    x = net.input("tokens", ["N", 7, 16])
    queries, keys, values = (_matmul_add(net, x, 16, 8) for _ in range(3))
    scores = net.node("MatMul", [queries, net.node("Transpose", [keys], perm=[0, 2, 1])])
    scores = net.node("Softmax", [net.node("Mul", [scores, net.tensor(0.35)])], axis=-1)
    _matmul_add(net, net.node("MatMul", [scores, values]), 8, 16, "y")
    net.output("y", ["N", 7, 16])


# ---- where weights are ----------------------------------------------------------------------------------

@case()
def weights_in_constants(net):
    """weights and biases in Constant nodes, not in initializers"""
    weights, bias = net.constant(net.weights(8, 3, 3, 3)), net.constant(net.normal(8, scale=0.2))
    x = net.relu(net.node("Conv", [image(net), weights, bias], pads=[1, 1, 1, 1]))
    x = net.node("Flatten", [net.node("GlobalAveragePool", [x])])
    net.node("Gemm", [x, net.constant(net.weights(5, 8)), net.constant(net.normal(5, scale=0.2))], "y", transB=1)
    net.output("y", ["N", 5])


@case(opset=9, ir=3)
def weights_also_inputs(net):
    """initializers also listed as graph inputs, as IR version 3 demands"""
    net.classifier(net.relu(net.bn(net.conv(image(net), 3, 8, bias=False), 8)), 8)
    for tensor in net.initializers:
        net.inputs.append(helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims))


@case()
def weights_from_input(net):
    """Conv whose weights are a graph input with no initializer: nothing to compress in it"""
    dynamic = net.input("weights", [8, 3, 3, 3])
    x = net.node("Conv", [image(net), dynamic, net.tensor(net.normal(8, scale=0.2))], pads=[1, 1, 1, 1])
    net.classifier(net.relu(net.conv(net.relu(x), 8, 8)), 8)


@case()
def weights_computed(net):
    """weights that pass Identity, Transpose or Mul before the layer (weight normalisation, tied weights)"""
    direction, length = net.tensor(net.weights(8, 3, 3, 3)), net.tensor(net.rng.uniform(0.5, 1.5, (8, 1, 1, 1)))
    x = net.node("Conv", [image(net), net.node("Mul", [direction, length])], pads=[1, 1, 1, 1])
    x = net.node("Conv", [net.relu(x), net.node("Identity", [net.tensor(net.weights(8, 8, 1, 1))])])
    x = net.node("Flatten", [net.node("GlobalAveragePool", [net.relu(x)])])
    net.node("MatMul", [x, net.node("Transpose", [net.tensor(net.weights(5, 8))], perm=[1, 0])], "y")
    net.output("y", ["N", 5])


@case()
def weights_unused(net):
    """an initializer that nothing reads"""
    net.tensor(net.weights(4, 4, 3, 3), "nobody.reads.this")
    net.classifier(net.relu(net.conv(image(net), 3, 8)), 8)


@case()
def weights_shared(net):
    """one weight tensor used by two Convs whose inputs have different statistics"""
    x = net.relu(net.conv(image(net), 3, 8))
    shared, wide = net.tensor(net.weights(8, 8, 3, 3)), net.node("Mul", [x, net.tensor(4.0)])
    wide = net.node("Add", [wide, net.tensor(1.5)])
    left = net.node("Conv", [x, shared, net.tensor(net.normal(8))], pads=[1, 1, 1, 1])
    right = net.node("Conv", [wide, shared, net.tensor(net.normal(8))], pads=[1, 1, 1, 1])
    net.classifier(net.node("Add", [net.relu(left), net.relu(right)]), 8)


@case()
def weights_shared_two_kinds(net):
    """one matrix used by a Gemm and by a Gather (tied embedding)"""
    table = net.tensor(net.weights(10, 8))
    x = net.node("Gather", [table, net.input("tokens", ["N"], np.int64)], axis=0)
    x = net.relu(net.gemm(x, 8, 8))
    net.node("Gemm", [x, table], "y", transB=1)
    net.output("y", ["N", 10])


@case()
def bias_shared(net):
    """one bias tensor used by two Convs"""
    shared = net.tensor(net.normal(8, scale=0.3))
    x = net.node("Conv", [image(net), net.tensor(net.weights(8, 3, 3, 3)), shared], pads=[1, 1, 1, 1])
    x = net.node("Conv", [net.relu(x), net.tensor(net.weights(8, 8, 3, 3)), shared], pads=[1, 1, 1, 1])
    net.classifier(net.relu(x), 8)


@case()
def bn_shared(net):
    """one set of BatchNormalization parameters used after two Convs"""
    x = net.conv(image(net), 3, 8, bias=False)
    x = net.relu(net.bn(x, 8))
    x = net.conv(x, 8, 8, bias=False)
    first = next(node for node in net.nodes if node.op_type == "BatchNormalization")
    x = net.node("BatchNormalization", [x] + list(first.input[1:]), epsilon=1e-3)
    net.classifier(net.relu(x), 8)


def _as_float_data(model):
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        tensor.ClearField("raw_data")
        tensor.float_data.extend(values.ravel().tolist())


@case(finish=_as_float_data)
def weights_float_data(net):
    """initializers in the field float_data, not in raw_data"""
    net.classifier(net.relu(net.conv(image(net), 3, 8)), 8)


@case()
def weights_float16(net):
    """a network in float16, input and output too"""
    net.dtype = np.float16
    net.classifier(net.relu(net.conv(net.relu(net.conv(image(net), 3, 8)), 8, 8)), 8)


@case()
def weights_already_quantized(net):
    """int8 weights and uint8 activations behind QuantizeLinear and DequantizeLinear already"""
    x, weights = image(net), net.weights(8, 3, 3, 3)
    scale = np.abs(weights).reshape(8, -1).max(1) / 127
    codes = np.rint(weights / scale[:, None, None, None]).astype(np.int8)
    net.initializers.append(numpy_helper.from_array(codes, "codes"))
    net.initializers.append(numpy_helper.from_array(np.array(128, np.uint8), "zero"))
    step = net.tensor(0.03)
    x = net.node("DequantizeLinear", [net.node("QuantizeLinear", [x, step, "zero"]), step, "zero"])
    weights = net.node("DequantizeLinear", ["codes", net.tensor(scale)], axis=0)
    x = net.node("Conv", [x, weights, net.tensor(net.normal(8, scale=0.2))], pads=[1, 1, 1, 1])
    net.classifier(net.relu(net.conv(net.relu(x), 8, 8)), 8)


@case()
def weights_through_constant_ops(net):
    """weights behind Transpose, Identity, Reshape, Cast, Mul, Unsqueeze, Slice, Concat and Expand of constants"""
    x = net.relu(net.conv(image(net), 3, 8))

    def conv(weights, pads=1):
        return net.relu(net.node("Conv", [x, weights], pads=[pads] * 4))

    x = conv(net.node("Transpose", [net.tensor(net.weights(8, 8, 3, 3).transpose(2, 3, 1, 0))], perm=[3, 2, 0, 1]))
    x = conv(net.node("Identity", [net.tensor(net.weights(8, 8, 1, 1))]), 0)
    x = conv(net.node("Reshape", [net.tensor(net.weights(8, 8, 3, 3).reshape(8, 72)), net.ints(8, -1, 3, 3)]))
    x = conv(net.node("Cast", [net.tensor(net.weights(8, 8, 1, 1), dtype=np.float16)], to=1), 0)
    x = conv(net.node("Mul", [net.tensor(net.weights(8, 8, 3, 3)), net.tensor(net.normal(8, 1, 1, 1))]))
    x = conv(net.node("Unsqueeze", [net.tensor(net.weights(8, 8)), net.ints(2, 3)]), 0)
    both = net.tensor(net.weights(16, 8, 3, 3))
    halves = [net.node("Slice", [both, net.ints(a), net.ints(b), net.ints(0)]) for a, b in ((0, 8), (8, 99))]
    x = conv(halves[0])
    x = conv(halves[1])
    x = conv(net.node("Concat", [net.tensor(net.weights(3, 8, 3, 3)), net.tensor(net.weights(5, 8, 3, 3))], axis=0))
    sizes = net.node("Expand", [net.tensor(net.normal(8, 1, 1, 1)), net.ints(8, 8, 1, 1)])
    x = conv(net.node("Mul", [sizes, net.tensor(net.weights(8, 8, 3, 3))]))
    pooled = net.node("Flatten", [net.node("GlobalAveragePool", [x])])
    weights = net.node("Transpose", [net.tensor(net.weights(5, 8))], perm=[1, 0])
    net.node("MatMul", [pooled, weights], "y")
    net.output("y", ["N", 5])


@case()
def weights_transposed_twice(net):
    """two Linear layers that share a matrix, each behind a Transpose of its own"""
    matrix, x = net.tensor(net.weights(16, 16)), net.input("x", ["N", 16])
    for _ in range(2):
        x = net.relu(net.node("MatMul", [x, net.node("Transpose", [matrix], perm=[1, 0])]))
    net.gemm(x, 16, 5, "y")
    net.output("y", ["N", 5])


@case()
def weights_tied_embedding(net):
    """a table read by a Gather, and by a MatMul behind a Transpose: embedding and classifier in one"""
    table = net.tensor(net.normal(30, 16))
    x = net.node("Gather", [table, net.input("tokens", ["N", 6], np.int64)], axis=0)
    x = net.node("Tanh", [_matmul_add(net, x, 16, 16)])
    net.node("MatMul", [x, net.node("Transpose", [table], perm=[1, 0])], "y")
    net.output("y", ["N", 6, 30])


def _add_sparse_weights(model):
    weights = np.random.default_rng(4).normal(size=(8, 8, 3, 3)).astype(np.float32)
    weights[np.abs(weights) < 1.2] = 0
    places = np.flatnonzero(weights)
    model.graph.sparse_initializer.append(helper.make_sparse_tensor(
        numpy_helper.from_array(weights.ravel()[places], "sparse"),
        numpy_helper.from_array(places.astype(np.int64), "sparse_indices"), list(weights.shape)))


@case(finish=_add_sparse_weights)
def weights_sparse(net):
    """a Conv whose weights are a sparse initializer"""
    x = net.relu(net.conv(image(net), 3, 8))
    net.classifier(net.relu(net.node("Conv", [x, "sparse"], pads=[1, 1, 1, 1])), 8)


@case()
def weights_recurrent(net):
    """most weights in an LSTM without a bias, between two MatMuls"""
    x = _matmul_add(net, net.input("x", ["N", 6, 12]), 12, 16)
    x = net.node("Transpose", [x], perm=[1, 0, 2])
    lstm = [net.tensor(net.normal(1, 64, size, scale=0.2)) for size in (16, 16)]
    x = net.node("LSTM", [x] + lstm, hidden_size=16)
    x = net.node("Squeeze", [net.node("Transpose", [x], perm=[2, 1, 0, 3]), net.ints(1)])
    net.node("Sigmoid", [_matmul_add(net, x, 16, 5)], "y")
    net.output("y", ["N", 6, 5])


def _recurrent(net, op, gates, directions, outputs, bias=0.3, **attributes):
    """Behind a Transpose of the input, so that steps come first: 9 steps of 6 inputs, 8 states."""
    x = net.node("Transpose", [net.input("x", ["N", 9, 6])], perm=[1, 0, 2])
    weights = [net.tensor(net.normal(directions, gates * 8, size, scale=0.4)) for size in (6, 8)]
    inputs = [x] + weights + [net.tensor(net.normal(directions, 2 * gates * 8, scale=bias))]
    direction = "bidirectional" if directions == 2 else "forward"
    more = [net.tensor(net.normal(directions, 3 * 8, scale=0.3))] if op == "LSTM" else []
    out = outputs if len(outputs) > 1 else outputs[0]
    return net.node(op, inputs + ([""] * 3 + more if more else []), out, name="recurrent", outputs=len(outputs),
                    hidden_size=8, direction=direction, **attributes)


@case()
def recurrent_lstm(net):
    """a bidirectional LSTM with peepholes, of which only the last states are read"""
    _recurrent(net, "LSTM", 4, 2, ["", "last"])
    x = net.node("Reshape", [net.node("Transpose", ["last"], perm=[1, 0, 2]), net.ints(-1, 16)])
    net.gemm(x, 16, 5, "y")
    net.output("y", ["N", 5])


@case(opset=14)
def recurrent_gru(net):
    """a bidirectional GRU, the reset gate before its weights, of which all states are read"""
    states = _recurrent(net, "GRU", 3, 2, ["states"], linear_before_reset=0)
    x = net.node("Transpose", [states], perm=[2, 0, 1, 3])
    net.node("Sigmoid", [_matmul_add(net, net.node("Reshape", [x, net.ints(0, 0, -1)]), 16, 5)], "y")
    net.output("y", ["N", 9, 5])


@case()
def recurrent_rnn(net):
    """an RNN of as many states as outputs, with a constant vector added to its states"""
    states = _recurrent(net, "RNN", 1, 1, ["states"])
    x = net.node("Add", [states, net.tensor(net.normal(8))])
    net.node("Squeeze", [net.node("Transpose", [x], perm=[2, 1, 0, 3]), net.ints(1)], "y")
    net.output("y", ["N", 9, 8])


@case(opset=14, runs=False)
def recurrent_batch_first(net):
    """an LSTM that has the batch on its first axis (layout = 1); ONNX Runtime refuses it"""
    _recurrent(net, "LSTM", 4, 1, ["states"], layout=1)
    net.output("states", [9, "N", 1, 8])


def _add_microsoft_domain(model):
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


@case(finish=_add_microsoft_domain)
def operators_fused(net):
    """a Conv and a Relu that ONNX Runtime's optimizer has fused into a FusedConv, as in a file that it has written"""
    weights = [net.tensor(net.weights(16, 3, 3, 3)), net.tensor(net.normal(16, scale=0.2))]
    x = net.node("FusedConv", [image(net)] + weights, domain="com.microsoft", activation="Relu", pads=[1, 1, 1, 1],
                 kernel_shape=[3, 3])
    net.classifier(net.relu(net.conv(x, 16, 8)), 8)


@case(folder="external")
def external_data(net):
    """weights in a second file, external-data.data, beside the model"""
    net.classifier(net.relu(net.conv(net.relu(net.conv(image(net), 3, 8)), 8, 8)), 8)


# ---- graphs inside graphs, unknown things ---------------------------------------------------------------

@case()
def if_captures_conv(net):
    """If whose bodies read a Conv output of the outer graph that nothing else reads; the condition is an input"""
    condition = net.input("condition", [], np.bool_)
    inner = net.conv(image(net), 3, 8, out="captured")
    then, otherwise = net.body("then"), net.body("otherwise")
    then.relu(inner, "then.y")
    then.output("then.y", ["N", 8, 12, 12])
    otherwise.node("LeakyRelu", [inner], "otherwise.y", alpha=0.1)
    otherwise.output("otherwise.y", ["N", 8, 12, 12])
    x = net.node("If", [condition], then_branch=then.graph(), else_branch=otherwise.graph())
    net.classifier(net.conv(x, 8, 8), 8)


@case()
def if_captures_weights(net):
    """If with a Conv in a body whose weights are an initializer of the outer graph; condition from the data"""
    x = net.relu(net.conv(image(net), 3, 8))
    weights = net.tensor(net.weights(8, 8, 3, 3), "outer.weights")
    mean = net.node("ReduceMean", [x], keepdims=0)
    condition = net.node("Greater", [mean, net.tensor(0.1)])
    then, otherwise = net.body("then"), net.body("otherwise")
    then.node("Conv", [x, weights], "then.y", pads=[1, 1, 1, 1])
    then.output("then.y", ["N", 8, 12, 12])
    otherwise.node("Identity", [x], "otherwise.y")
    otherwise.output("otherwise.y", ["N", 8, 12, 12])
    x = net.node("If", [condition], then_branch=then.graph(), else_branch=otherwise.graph())
    net.classifier(net.relu(x), 8)


@case()
def if_own_weights(net):
    """If whose bodies hold layers with initializers of their own"""
    x = net.relu(net.conv(image(net), 3, 8))
    then, otherwise = net.body("then"), net.body("otherwise")
    for body in (then, otherwise):
        body.conv(x, 8, 8, out=body.name + ".y")
        body.output(body.name + ".y", ["N", 8, 12, 12])
    condition = net.node("Greater", [net.node("ReduceMean", [x], keepdims=0), net.tensor(0.1)])
    x = net.node("If", [condition], then_branch=then.graph(), else_branch=otherwise.graph())
    net.classifier(net.relu(x), 8)


@case()
def loop(net):
    """Loop of 3 rounds over one Conv whose weights are outside, with a carried value and a collected output"""
    start = net.relu(net.conv(image(net), 3, 8))
    weights = net.tensor(net.weights(8, 8, 3, 3), "outer.weights")
    body = net.body("round")
    body.input("round.number", [], np.int64)
    body.input("round.condition", [], np.bool_)
    body.input("round.x", ["N", 8, 12, 12])
    body.node("Identity", ["round.condition"], "round.go_on")
    y = body.node("Conv", ["round.x", weights], pads=[1, 1, 1, 1])
    body.node("Tanh", [y], "round.y")
    body.node("ReduceMean", ["round.y"], "round.mean", axes=[1, 2, 3], keepdims=0)
    body.output("round.go_on", [], np.bool_)
    body.output("round.y", ["N", 8, 12, 12])
    body.output("round.mean", ["N"])
    net.node("Loop", [net.tensor(3, dtype=np.int64), net.tensor(True, dtype=np.bool_), start],
             ["looped", "means"], outputs=2, body=body.graph())
    net.output("means", [3, "N"])
    net.classifier("looped", 8)


def _add_custom_domain(model):
    model.opset_import.append(helper.make_opsetid(CUSTOM_DOMAIN, 1))


@case(runs=False, finish=_add_custom_domain)
def custom_operator(net):
    """an operator of an unknown domain between two Convs; ONNX Runtime cannot load it"""
    x = net.conv(image(net), 3, 8)
    x = net.node("Mystery", [x], domain=CUSTOM_DOMAIN, strength=0.5, words=["kept", "as", "read"])
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


def _add_local_function(model):
    function = helper.make_function(
        CUSTOM_DOMAIN, "HardSwishHere", ["x"], ["y"],
        [helper.make_node("HardSigmoid", ["x"], ["gate"], alpha=1 / 6, beta=0.5),
         helper.make_node("Mul", ["x", "gate"], ["y"])], [helper.make_opsetid("", 14)])
    model.functions.append(function)
    _add_custom_domain(model)


@case(opset=14, ir=8, finish=_add_local_function)
def local_function(net):
    """an operator that the model itself defines as a function (ModelProto.functions)"""
    x = net.node("HardSwishHere", [net.conv(image(net), 3, 8)], domain=CUSTOM_DOMAIN)
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


def _add_layer_functions(model):
    opset = [helper.make_opsetid("", 17), helper.make_opsetid(CUSTOM_DOMAIN, 1)]
    slope = helper.make_node("LeakyRelu", ["x"], ["y"])
    slope.attribute.append(onnx.AttributeProto(name="alpha", ref_attr_name="slope", type=onnx.AttributeProto.FLOAT))
    activation = helper.make_function(CUSTOM_DOMAIN, "SlopeHere", ["x"], ["y"], [slope], opset,
                                      attribute_protos=[helper.make_attribute("slope", 0.25)])
    layer = helper.make_function(
        CUSTOM_DOMAIN, "LayerHere", ["x", "w", "b"], ["hidden", "passed", "raw"],
        [helper.make_node("Conv", ["x", "w", "b"], ["y"], name="conv", pads=[1, 1, 1, 1]),
         helper.make_node("SlopeHere", ["y"], ["hidden"], name="slope", domain=CUSTOM_DOMAIN),
         helper.make_node("Identity", ["x"], ["passed"]), helper.make_node("Neg", ["y"], ["raw"])], opset)
    weights = numpy_helper.from_array(np.random.default_rng(5).normal(0, 0.4, (16, 8)).astype(np.float32))
    then = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["then"]),
                              helper.make_node("SlopeHere", ["then"], ["done"], domain=CUSTOM_DOMAIN, slope=0.5)], "then", [],
                             [helper.make_tensor_value_info("done", onnx.TensorProto.FLOAT, None)])
    other = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["other"])], "other", [],
                              [helper.make_tensor_value_info("other", onnx.TensorProto.FLOAT, None)])
    choice = helper.make_function(
        CUSTOM_DOMAIN, "ChoiceHere", ["x"], ["y"],
        [helper.make_node("Constant", [], ["w"], value=weights),
         helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
         helper.make_node("Constant", [], ["bound"], value_float=-1e9),
         helper.make_node("Greater", ["largest", "bound"], ["is"]),
         helper.make_node("If", ["is"], ["y"], then_branch=then, else_branch=other)], opset)
    model.functions.extend([activation, layer, choice])
    _add_custom_domain(model)


@case(opset=17, ir=8, finish=_add_layer_functions)
def local_functions_with_weights(net):
    """functions that hold weights or get them, call others, have attributes with defaults, hand on inputs, and an If"""
    x = net.relu(net.conv(image(net), 3, 8))
    net.node("LayerHere", [x, net.tensor(net.weights(8, 8, 3, 3)), net.tensor(net.normal(8))], ["hidden", "passed", "v"],
             name="first", domain=CUSTOM_DOMAIN, outputs=3)
    x = net.node("Sum", ["hidden", "passed", "v"])
    net.node("LayerHere", [x, net.tensor(net.weights(16, 8, 3, 3))], ["h", "p", "u"], domain=CUSTOM_DOMAIN, outputs=3)
    net.node("Identity", ["p"])
    x = net.node("Flatten", [net.node("GlobalAveragePool", [net.node("Sub", ["h", "u"])])])
    x = net.node("ChoiceHere", [net.node("SlopeHere", [x], domain=CUSTOM_DOMAIN, slope=0.1)], name="choice",
                 domain=CUSTOM_DOMAIN)
    net.node("Identity", [x], "y")
    net.output("y", ["N", 8])


def _add_notes(model):
    def note(graph):
        for node in graph.node:
            for key, value in (("namespace", "net/" + node.name), ("pkg.torch.onnx.stack_trace", "File net.py, line 1\n" * 20)):
                node.metadata_props.append(onnx.StringStringEntryProto(key=key, value=value))
            for attribute in node.attribute:
                note(attribute.g)
    note(model.graph)


@case(opset=18, ir=10, finish=_add_notes)
def exporter_notes(net):
    """every node has metadata, as torch.onnx writes it: a namespace and a stack trace; one is in the body of an If"""
    x = net.relu(net.conv(image(net), 3, 8))
    then, other = (helper.make_graph([helper.make_node(op, [x], [op])], op, [], [helper.make_tensor_value_info(
        op, onnx.TensorProto.FLOAT, None)]) for op in ("Abs", "Neg"))
    x = net.node("If", [net.constant(True, np.bool_)], then_branch=then, else_branch=other)
    net.classifier(x, 8)


def _add_reducing_function(model):
    function = helper.make_function(
        CUSTOM_DOMAIN, "CentredHere", ["x"], ["y"],
        [helper.make_node("ReduceMean", ["x"], ["mean"], axes=[2, 3]),
         helper.make_node("Sub", ["x", "mean"], ["y"])], [helper.make_opsetid("", 17)])
    model.functions.append(function)
    _add_custom_domain(model)


@case(opset=17, ir=8, finish=_add_reducing_function)
def local_function_reducing(net):
    """a function of the model holds a ReduceMean in the form of opset 17, which opset 18 changed"""
    x = net.node("CentredHere", [net.conv(image(net), 3, 8)], domain=CUSTOM_DOMAIN)
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


def _add_metadata(model):
    helper.set_model_props(model, {"author": "nobody", "note": "keep these pairs: grün, 日本"})
    model.graph.doc_string = "A graph with a description."
    model.graph.node[0].doc_string = "A node with a description."
    model.producer_name, model.producer_version, model.model_version = "odd_graphs", "1", 7


@case(finish=_add_metadata)
def metadata(net):
    """metadata_props, descriptions, producer and model version, which a copy should keep"""
    net.classifier(net.relu(net.conv(image(net), 3, 8)), 8)


# ---- names, shapes, inputs, outputs ---------------------------------------------------------------------

def _names_of_nodes(name):
    def change(model):
        for node in model.graph.node:
            node.name = name
    return change


@case(finish=_names_of_nodes(""))
def names_empty(net):
    """no node has a name"""
    net.classifier(net.relu(net.conv(net.relu(net.conv(image(net), 3, 8)), 8, 8)), 8)


@case(runs=False, finish=_names_of_nodes("layer"))
def names_duplicated(net):
    """all nodes have the same name: valid for the ONNX checker, but ONNX Runtime refuses to load it"""
    net.classifier(net.relu(net.conv(net.relu(net.conv(image(net), 3, 8)), 8, 8)), 8)


@case()
def names_repeated_in_body(net):
    """a Conv in the graph, Convs in both bodies of an If, and a tensor in each body, all with the same names"""
    x = net.relu(net.conv(image(net), 3, 8, name="layer"))
    condition = net.node("Greater", [net.node("ReduceMean", [x], keepdims=0), net.tensor(0.1)])
    bodies = net.body("then"), net.body("otherwise")
    for body in bodies:
        weights = body.tensor(net.weights(8, 8, 3, 3), "weights")
        body.node("Conv", [x, weights], "inner", name="layer", pads=[1, 1, 1, 1])
        body.output("inner", ["N", 8, 12, 12])
    x = net.node("If", [condition], then_branch=bodies[0].graph(), else_branch=bodies[1].graph())
    net.classifier(net.relu(x), 8)


@case()
def names_strange(net):
    """tensor and node names with spaces, slashes, colons, quotes and letters outside ASCII"""
    x = net.conv(net.input("Bild/ä ö:0", ["N", 3, 12, 12]), 3, 8, out="a \"b\" c", name="../conv:1 <b>")
    x = net.conv(net.relu(x, "層/出力"), 8, 8, name="畳み込み")
    net.classifier(net.relu(x), 8)


@case()
def shape_dynamic(net):
    """batch, height and width all dynamic"""
    x = net.relu(net.conv(net.input("image", ["N", 3, "H", "W"]), 3, 8, strides=[2, 2]))
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def shape_dynamic_unnamed(net):
    """dynamic axes that have no name, in the input and in the output"""
    x = net.relu(net.conv(net.input("image", [None, 3, None, None]), 3, 8, strides=[2, 2]))
    net.gemm(net.node("Flatten", [net.node("GlobalAveragePool", [x])]), 8, 5, "y")
    net.output("y", [None, None])


@case()
def shape_fixed_batch(net):
    """batch fixed to 1, and a Reshape that has this 1 written in it"""
    x = net.relu(net.conv(net.input("image", [1, 3, 12, 12]), 3, 8, strides=[2, 2]))
    net.gemm(net.node("Reshape", [x, net.ints(1, 288)]), 288, 5, "y")
    net.output("y", [1, 5])


@case()
def shape_from_shape(net):
    """a Reshape whose shape is computed by Shape, Gather and Concat, as older PyTorch exports it"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    batch = net.node("Gather", [net.node("Shape", [x]), net.tensor(0, dtype=np.int64)], axis=0)
    batch = net.node("Unsqueeze", [batch, net.ints(0)])
    x = net.node("Reshape", [x, net.node("Concat", [batch, net.ints(-1)], axis=0)])
    net.gemm(x, 288, 5, "y")
    net.output("y", ["N", 5])


@case()
def input_nhwc(net):
    """input as batch, height, width, channels; a Transpose comes first"""
    x = net.node("Transpose", [net.input("image", ["N", 12, 12, 3])], perm=[0, 3, 1, 2])
    net.classifier(net.relu(net.conv(net.relu(net.conv(x, 3, 8)), 8, 8)), 8)


@case()
def input_normalised(net):
    """input in 0..255; the network subtracts the mean and divides by the standard deviation itself"""
    mean = net.tensor(np.array([123.675, 116.28, 103.53]).reshape(1, 3, 1, 1))
    deviation = net.tensor(np.array([58.395, 57.12, 57.375]).reshape(1, 3, 1, 1))
    x = net.node("Div", [net.node("Sub", [image(net), mean]), deviation])
    net.classifier(net.relu(net.conv(net.relu(net.conv(x, 3, 8)), 8, 8)), 8)


@case()
def input_side_index(net):
    """two inputs: an image and an int64 index that picks a row of gains"""
    index = net.input("style", [], np.int64)
    gains = net.node("Gather", [net.tensor(net.rng.uniform(0.5, 1.5, (4, 8, 1, 1))), index], axis=0)
    x = net.node("Mul", [net.relu(net.conv(image(net), 3, 8)), gains])
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def input_side_scalar(net):
    """two inputs: an image and a float scalar, named before the image"""
    strength = net.input("strength", [1])
    gain = net.node("Add", [strength, net.tensor(1.0)])
    x = net.node("Mul", [net.relu(net.conv(image(net), 3, 8)), gain])
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def input_two_images(net):
    """two image inputs of different size and channel count, joined by Concat"""
    left = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    right = net.relu(net.conv(net.input("depth", ["N", 1, 6, 6]), 1, 4))
    net.classifier(net.relu(net.conv(net.node("Concat", [left, right], axis=1), 12, 8)), 8)


@case()
def outputs_several(net):
    """three outputs: a Conv output, a Softmax, and class scores"""
    x = net.relu(net.conv(image(net), 3, 8))
    net.conv(x, 8, 4, (1, 1), "map")
    net.output("map", ["N", 4, 12, 12])
    net.classifier(x, 8)
    net.node("Softmax", ["y"], "probabilities", axis=-1)
    net.output("probabilities", ["N", 5])


@case()
def outputs_preactivation(net):
    """Conv then Relu, where the value before the Relu is a graph output too"""
    x = net.relu(net.conv(image(net), 3, 8))
    x = net.conv(x, 8, 8, out="before")
    net.output("before", ["N", 8, 12, 12])
    net.classifier(net.relu(x), 8)


@case()
def outputs_sized_by_data(net):
    """NonMaxSuppression: how long an output is depends on the numbers in it; another has a fixed shape"""
    x = net.relu(net.conv(net.input("image", [1, 3, 12, 12]), 3, 8))
    boxes = net.node("Mul", [net.node("Sigmoid", [net.conv(x, 8, 4, (1, 1))]), net.tensor(12.0)])
    boxes = net.node("Transpose", [net.node("Reshape", [boxes, net.ints(1, 4, -1)])], perm=[0, 2, 1])
    scores = net.node("Reshape", [net.node("Sigmoid", [net.conv(x, 8, 2, (1, 1))]), net.ints(1, 2, -1)], "scores")
    net.output("scores", [1, 2, 144])
    net.node("NonMaxSuppression", [boxes, scores, net.ints(5), net.tensor([0.5]), net.tensor([0.4], "threshold")],
             "selected")
    net.output("selected", ["k", 3], np.int64)


@case()
def outputs_bn_inside(net):
    """Conv then BatchNormalization, where the value between them is a graph output"""
    x = net.conv(image(net), 3, 8, out="between")
    net.output("between", ["N", 8, 12, 12])
    net.classifier(net.relu(net.bn(x, 8)), 8)


@case()
def no_layer(net):
    """no layer to compress at all"""
    x = net.node("AveragePool", [net.relu(image(net))], kernel_shape=[2, 2], strides=[2, 2])
    net.node("Sigmoid", [x], "y")
    net.output("y", ["N", 3, 6, 6])


# ---- batch normalisation --------------------------------------------------------------------------------

@case()
def bn_first(net):
    """BatchNormalization with no Conv before it, at the start and after a pool"""
    x = net.relu(net.conv(net.bn(image(net), 3), 3, 8))
    x = net.bn(net.node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2]), 8)
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def bn_second_consumer(net):
    """BatchNormalization after a Conv whose output goes elsewhere too: it cannot be folded"""
    x = net.conv(image(net), 3, 8)
    net.classifier(net.node("Add", [net.relu(net.bn(x, 8)), net.node("Sigmoid", [x])]), 8)


@case()
def bn_conv_no_bias(net):
    """Conv without bias then BatchNormalization, dense and depthwise"""
    x = net.relu(net.bn(net.conv(image(net), 3, 8, bias=False), 8))
    x = net.relu(net.bn(net.conv(x, 8, 8, bias=False, group=8), 8))
    net.classifier(net.relu(net.bn(net.conv(x, 8, 8, (1, 1), bias=False), 8)), 8)


@case()
def bn_conv_bias(net):
    """Conv with bias then BatchNormalization with a large epsilon"""
    x = net.conv(image(net), 3, 8)
    x = net.bn(x, 8)
    net.nodes[-1].attribute[0].f = 0.1
    net.classifier(net.relu(x), 8)


@case()
def bn_parameters_through_identity(net):
    """BatchNormalization whose bias comes through Identity, as PyTorch writes the second of two equal tensors"""
    x = image(net)
    left = net.bn(net.conv(x, 3, 8, bias=False), 8)
    shared = net.node("Identity", [net.nodes[-1].input[2]])
    right = net.bn(net.conv(x, 3, 8, (1, 1), bias=False), 8)
    net.nodes[-1].input[2] = shared
    net.classifier(net.relu(net.node("Add", [left, right])), 8)


@case()
def bn_twice(net):
    """two BatchNormalization nodes in a row after a Conv"""
    x = net.bn(net.bn(net.conv(image(net), 3, 8, bias=False), 8), 8)
    net.classifier(net.relu(x), 8)


@case()
def bn_before_conv(net):
    """pre-activation order: BatchNormalization, Relu, Conv, with a residual Add around them"""
    x = net.conv(image(net), 3, 8)
    y = net.conv(net.relu(net.bn(x, 8)), 8, 8)
    x = net.node("Add", [x, y])
    net.classifier(net.relu(net.bn(x, 8)), 8)


@case()
def bn_zero_variance(net):
    """BatchNormalization with a channel of variance 0 and a channel of scale 0"""
    x = net.conv(image(net), 3, 8, bias=False)
    weights = numpy_helper.to_array(net.initializers[0]).copy()
    weights[3] = 0
    net.initializers[0].CopyFrom(numpy_helper.from_array(weights, net.initializers[0].name))
    scale, variance = net.rng.uniform(0.5, 1.5, 8), net.rng.uniform(0.3, 2.0, 8)
    mean = net.normal(8, scale=0.5)
    variance[3], mean[3], scale[6] = 0, 0, 0
    parameters = [scale, net.normal(8, scale=0.3), mean, variance]
    x = net.node("BatchNormalization", [x] + [net.tensor(p) for p in parameters])
    net.classifier(net.relu(net.conv(net.relu(x), 8, 8)), 8)


# ---- activations and joins ------------------------------------------------------------------------------

@case()
def activation_prelu(net):
    """PRelu after Conv: slopes per channel, and one slope for all"""
    x = net.conv(image(net), 3, 8)
    x = net.node("PRelu", [x, net.tensor(net.rng.uniform(0.05, 0.4, (8, 1, 1)))])
    x = net.node("PRelu", [net.conv(x, 8, 8), net.tensor(np.array([[[0.25]]]))])
    net.classifier(x, 8)


@case()
def activation_leaky_relu(net):
    """LeakyRelu after Conv, with and without its attribute, dense and depthwise"""
    x = net.node("LeakyRelu", [net.conv(image(net), 3, 8)], alpha=0.1)
    x = net.node("LeakyRelu", [net.conv(x, 8, 8, group=8)])
    net.classifier(net.node("LeakyRelu", [net.conv(x, 8, 8, (1, 1))], alpha=0.2), 8)


def _squeeze_excite(net, x, channels, gate):
    y = net.node("GlobalAveragePool", [x])
    y = net.relu(net.conv(y, channels, channels // 4, (1, 1)))
    y = net.conv(y, channels // 4, channels, (1, 1))
    return net.node("Mul", [x, gate(y)])


@case()
def squeeze_excite_sigmoid(net):
    """squeeze-and-excite block with Sigmoid: layers on tensors of 1x1 pixels, and x * Sigmoid(x) as activation"""
    x = net.conv(image(net), 3, 8)
    x = net.node("Mul", [x, net.node("Sigmoid", [x])])
    x = _squeeze_excite(net, x, 8, lambda y: net.node("Sigmoid", [y]))
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def squeeze_excite_hard_sigmoid(net):
    """squeeze-and-excite block with HardSigmoid, and x * HardSigmoid(x) as activation (MobileNetV3)"""
    def gate(y):
        return net.node("HardSigmoid", [y], alpha=1 / 6, beta=0.5)
    x = net.conv(image(net), 3, 8)
    x = net.node("Mul", [x, gate(x)])
    x = _squeeze_excite(net, x, 8, gate)
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def dropout(net):
    """Dropout left in the network, with its unused mask output"""
    net.node("Dropout", [net.relu(net.conv(image(net), 3, 8)), net.tensor(0.4)], ["kept", "mask"], outputs=2)
    net.classifier(net.relu(net.conv("kept", 8, 8)), 8)


@case()
def concat_ranges(net):
    """Concat of two Conv outputs whose ranges differ by a factor of 20"""
    x = image(net)
    left, right = net.relu(net.conv(x, 3, 8)), net.relu(net.conv(x, 3, 4, (1, 1)))
    right = net.node("Mul", [right, net.tensor(20.0)])
    net.classifier(net.relu(net.conv(net.node("Concat", [left, right], axis=1), 12, 8)), 8)


@case()
def split_branches(net):
    """Split of a Conv output into two branches, one of them passed on unchanged (ShuffleNet)"""
    x = net.relu(net.conv(image(net), 3, 8))
    net.node("Split", [x, net.ints(4, 4)], ["left", "right"], outputs=2, axis=1)
    right = net.relu(net.conv("right", 4, 4))
    x = net.node("Concat", ["left", right], axis=1)
    net.classifier(net.relu(net.conv(x, 8, 8, (1, 1))), 8)


@case()
def between_pools(net):
    """MaxPool and AveragePool between Convs, with padding and ceil_mode"""
    x = net.relu(net.conv(image(net, 3, 17), 3, 8))
    x = net.node("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1])
    x = net.relu(net.conv(x, 8, 8))
    x = net.node("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def between_resize(net):
    """Resize between Convs, once by scales and once to sizes"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    x = net.node("Resize", [x, "", net.tensor([1, 1, 2, 2])], mode="nearest",
                 coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    x = net.relu(net.conv(x, 8, 8))
    spatial = net.ints(9, 9)
    shape = net.node("Concat", [net.node("Slice", [net.node("Shape", [x]), net.ints(0), net.ints(2)]), spatial], axis=0)
    x = net.node("Resize", [x, "", "", shape], mode="linear", coordinate_transformation_mode="pytorch_half_pixel")
    net.conv(x, 8, 3, (1, 1), "y")
    net.output("y", ["N", 3, 9, 9])


@case()
def between_reshape(net):
    """Reshape, Transpose (channel shuffle) and Flatten between layers"""
    x = net.relu(net.conv(image(net), 3, 8, strides=[2, 2]))
    x = net.node("Reshape", [x, net.ints(-1, 2, 4, 6, 6)])
    x = net.node("Transpose", [x], perm=[0, 2, 1, 3, 4])
    x = net.node("Reshape", [x, net.ints(0, 8, 6, 6)])
    x = net.relu(net.conv(x, 8, 8, group=2, strides=[2, 2]))
    net.gemm(net.node("Flatten", [x], axis=1), 72, 5, "y")
    net.output("y", ["N", 5])


@case()
def between_pad(net):
    """a Pad node before a Conv without padding (TensorFlow exports)"""
    x = net.node("Pad", [image(net), net.ints(0, 0, 0, 0, 0, 0, 1, 1)])
    x = net.relu(net.conv(x, 3, 8, pads=[0, 0, 0, 0], strides=[2, 2]))
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


# ---- Clip and opset versions ----------------------------------------------------------------------------

def _clip_old(net, x, **bounds):
    return net.node("Clip", [x], **bounds)


@case(opset=9, ir=4)
def opset9_clip(net):
    """opset 9: Conv, Relu, Clip with its bounds as attributes"""
    x = _clip_old(net, net.conv(image(net), 3, 8), min=0.0, max=6.0)
    x = _clip_old(net, net.relu(net.conv(x, 8, 8)), max=1.5)
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case(opset=11, ir=6)
def opset11_clip(net):
    """opset 11: Conv, Relu, Clip with its bounds as initializers, one of them left out"""
    x = net.node("Clip", [net.conv(image(net), 3, 8), net.tensor(0.0), net.tensor(6.0)])
    x = net.node("Clip", [net.relu(net.conv(x, 8, 8)), "", net.tensor(1.5)])
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case()
def opset13_clip_constants(net):
    """opset 13: Clip(0,6) with its bounds in Constant nodes, dense and depthwise"""
    x = net.node("Clip", [net.conv(image(net), 3, 8), net.constant(0.0), net.constant(6.0)])
    x = net.node("Clip", [net.conv(x, 8, 8, group=8), net.constant(0.0), net.constant(6.0)])
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


@case(opset=17, ir=8)
def opset17_layer_norm(net):
    """opset 17: LayerNormalization and Erf (GELU) around MatMuls"""
    x = net.input("tokens", ["N", 7, 16])
    y = net.node("LayerNormalization", [x, net.tensor(np.ones(16)), net.tensor(np.zeros(16))], axis=-1)
    y = _matmul_add(net, y, 16, 32)
    error = net.node("Erf", [net.node("Div", [y, net.tensor(np.sqrt(2))])])
    y = net.node("Mul", [net.node("Mul", [y, net.node("Add", [error, net.tensor(1.0)])]), net.tensor(0.5)])
    net.node("Add", [x, _matmul_add(net, y, 32, 16)], "y")
    net.output("y", ["N", 7, 16])


@case(opset=21, ir=10)
def opset21_clip(net):
    """opset 21, IR version 10: Conv, Relu, Clip with its bounds in Constant nodes written as value_float"""
    low, high = net.node("Constant", [], value_float=0.0), net.node("Constant", [], value_float=6.0)
    x = net.node("Clip", [net.conv(image(net), 3, 8), low, high])
    x = net.node("Clip", [net.relu(net.conv(x, 8, 8)), "", net.tensor(1.5)])
    net.classifier(net.relu(net.conv(x, 8, 8)), 8)


# ---- writing and checking -------------------------------------------------------------------------------

def file_name(function):
    return function.__name__.replace("_", "-") + ".onnx"


def sentence(function):
    return " ".join(function.__doc__.split())


def write(function, opset, ir, folder, finish):
    net = Net(function.__name__)
    function(net)
    model = helper.make_model(net.graph(), opset_imports=[helper.make_opsetid("", opset)], ir_version=ir,
                              producer_name="odd_graphs", doc_string=sentence(function))
    if finish:
        finish(model)
    path = os.path.join(FOLDER, folder, file_name(function))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data = os.path.splitext(path)[0] + ".data"
    if folder == "external":
        if os.path.exists(data):
            os.remove(data)
        onnx.save_model(model, path, save_as_external_data=True, location=os.path.basename(data), size_threshold=0)
    else:
        onnx.save_model(model, path)
    return path


def feeds(session, rng, zero_side_inputs):
    """Noise for images; side inputs (scalars, indices, conditions) zero or one."""
    values = {}
    for info in session.get_inputs():
        shape = [d if isinstance(d, int) else 2 if i == 0 or len(info.shape) <= 2 else 14
                 for i, d in enumerate(info.shape)]
        dtype = {"float": np.float32, "float16": np.float16, "double": np.float64, "int64": np.int64,
                 "bool": np.bool_}[info.type[7:-1]]
        if dtype in (np.int64, np.bool_) or int(np.prod(shape)) == 1:
            values[info.name] = np.full(shape, 0 if zero_side_inputs else 1, dtype)
        else:
            values[info.name] = rng.normal(size=shape).astype(dtype)
    return values


def check(path, runs):
    sparse = onnx.load(path, load_external_data=False).graph.sparse_initializer
    onnx.checker.check_model(path, full_check=not sparse)  # shape inference takes a sparse tensor for a vector
    try:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as problem:
        if runs:
            raise
        return f"not loadable, as intended ({str(problem).splitlines()[0][:60]}...)"
    if not runs:
        raise AssertionError(f"{path} was not expected to load")
    for zero_side_inputs in (True, False):
        for info, value in zip(session.get_outputs(), session.run(None, feeds(session, np.random.default_rng(0),
                                                                              zero_side_inputs))):
            values = value.astype(np.float64)
            if not np.isfinite(values).all() or values.std() == 0:
                raise AssertionError(f"{path}: output '{info.name}' is not finite or is constant")
    return "runs"


def main():
    table, index = [], []
    for function, opset, ir, runs, folder, finish in CASES:
        path = write(function, opset, ir, folder, finish)
        print(f"{file_name(function):36} {os.path.getsize(path):6} bytes  {check(path, runs)}")
        name = f"{folder}/{file_name(function)}" if folder else file_name(function)
        table.append(f"| `{name}` | {sentence(function)} |\n")
        index.append(f"{name}\t{'runs' if runs else 'does-not-load'}\n")
    with open(os.path.join(FOLDER, "README.md"), "w", encoding="utf-8") as file:
        file.write(HEADING.format(cases=len(CASES), refused=sum(not case[3] for case in CASES)) + "".join(table))
    with open(os.path.join(FOLDER, "index.txt"), "w", encoding="utf-8") as file:
        file.writelines(index)


if __name__ == "__main__":
    main()
