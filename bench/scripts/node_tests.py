#!/usr/bin/env python3
"""Writes the ONNX node tests of the package onnx as files, as they are and between two layers.

    node_tests.py FOLDER

Weights are inputs in these tests, so no channel of them can be followed. In FOLDER/between, a test's first input comes from
a Conv of 1 x 1 (a Gemm where there are two axes), its other inputs are constants of the values that the test has, and
another Conv or Gemm reads its first output.
"""
import os
import sys
import warnings

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

warnings.filterwarnings('ignore')
from onnx.backend.test.case.node import collect_testcases  # noqa: E402

CHANNELS_OUT = 3


def layer(graph, value, inputs, rank, outputs, name, seed):
    """A Conv of 1 x 1 or a Gemm from one value to another."""
    random = np.random.default_rng(seed)
    dims = [outputs, inputs] + [1] * (rank - 2)
    weights = random.normal(size=dims).astype(np.float32)
    bias = random.normal(size=outputs).astype(np.float32)
    graph.initializer.extend([numpy_helper.from_array(weights, name + '_w'), numpy_helper.from_array(bias, name + '_b')])
    kind, attributes = ('Conv', {}) if rank > 2 else ('Gemm', {'transB': 1})
    return helper.make_node(kind, [value, name + '_w', name + '_b'], [name], name, **attributes)


def is_followed(array):
    return isinstance(array, np.ndarray) and array.dtype == np.float32 and 2 <= array.ndim <= 5 and array.shape[1] > 1


def between(test):
    """The test between two layers; None where its first input or output has no channels."""
    if len(test.data_sets) == 0 or not test.model.graph.input:
        return None
    given, wanted = test.data_sets[0]
    if len(given) != len(test.model.graph.input) or not is_followed(given[0]) or not is_followed(wanted[0]):
        return None
    if not all(isinstance(array, np.ndarray) for array in given):
        return None
    model = onnx.ModelProto()
    model.CopyFrom(test.model)
    graph = model.graph
    first, out = graph.input[0].name, graph.output[0].name
    for value, array in list(zip(graph.input, given))[1:]:
        graph.initializer.append(numpy_helper.from_array(array, value.name))
    nodes = list(graph.node)
    del graph.node[:], graph.input[:], graph.output[:]
    shape = given[0].shape
    graph.input.append(helper.make_tensor_value_info('data', TensorProto.FLOAT, shape))
    graph.output.append(helper.make_tensor_value_info('result', TensorProto.FLOAT, None))
    graph.node.append(layer(graph, 'data', shape[1], len(shape), shape[1], 'before', 1))
    for node in nodes:
        for i, name in enumerate(node.input):
            node.input[i] = 'before' if name == first else name
    graph.node.extend(nodes)
    graph.node.append(layer(graph, out, wanted[0].shape[1], wanted[0].ndim, CHANNELS_OUT, 'result', 2))
    return model


def main(folder):
    counts = {'': 0, 'between': 0}
    for part in counts:
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    for test in collect_testcases(None):
        for part, model in (('', test.model), ('between', between(test))):
            if model is not None:
                onnx.save(model, os.path.join(folder, part, test.name + '.onnx'))
                counts[part] += 1
    print('%d tests, %d of them between two layers' % (counts[''], counts['between']))


if __name__ == '__main__':
    main(sys.argv[1])
