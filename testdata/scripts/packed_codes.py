"""Writes tensors of 8, 4 and 2 bit integers as onnx.helper packs them: reference/packed-codes.onnx, and the codes in
them one by one in reference/packed-codes.json.

Every type, with 1 to 9 elements (so with every number of unused bits in the last byte), once in raw_data and once in
int32_data. The network gives each tensor out through a DequantizeLinear of scale 0.5, and is run in ONNX Runtime.

    python3 packed_codes.py

Needs onnx 1.20 or later, onnxruntime 1.24 or later, and numpy.
"""

import pathlib

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper

FOLDER = pathlib.Path(__file__).parents[1] / "src/main/resources/lathe/testdata/reference"
SCALE = 0.5
RANGES = {
    TensorProto.INT8: (-128, 127),
    TensorProto.UINT8: (0, 255),
    TensorProto.INT4: (-8, 7),
    TensorProto.UINT4: (0, 15),
    TensorProto.INT2: (-2, 1),
    TensorProto.UINT2: (0, 3),
}


def packed(name, data_type, codes):
    """The tensor by onnx.helper, its packed bytes in int32_data, one an entry."""
    tensor = helper.make_tensor(name, data_type, [len(codes)], codes)
    assert tensor.int32_data, name
    return tensor


def in_raw_data(name, tensor):
    raw = onnx.TensorProto(name=name, data_type=tensor.data_type, dims=tensor.dims)
    raw.raw_data = bytes(entry & 0xFF for entry in tensor.int32_data)
    return raw


def main():
    random = np.random.default_rng(0)
    tensors, codes = [], {}
    for data_type, (low, high) in RANGES.items():
        for count in range(1, 10):
            values = [low, high, *random.integers(low, high + 1, 7).tolist()][:count]
            name = f"{TensorProto.DataType.Name(data_type)}-{count}"
            typed = packed(f"{name}-typed", data_type, values)
            for tensor in (typed, in_raw_data(f"{name}-raw", typed)):
                tensors.append(tensor)
                codes[tensor.name] = values
    nodes = [helper.make_node("DequantizeLinear", [t.name, "scale"], [f"{t.name}-out"]) for t in tensors]
    outputs = [helper.make_tensor_value_info(f"{t.name}-out", TensorProto.FLOAT, t.dims) for t in tensors]
    scale = helper.make_tensor("scale", TensorProto.FLOAT, [], [SCALE])
    graph = helper.make_graph(nodes, "packed-codes", [], outputs, [scale, *tensors])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 25)], ir_version=13, producer_name="test")
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    for tensor, result in zip(tensors, session.run(None, {})):
        assert (result == SCALE * np.array(codes[tensor.name])).all(), tensor.name
    (FOLDER / "packed-codes.onnx").write_bytes(model.SerializeToString())
    lines = ",\n".join(f'"{name}": {values}' for name, values in codes.items())
    (FOLDER / "packed-codes.json").write_text("{\n" + lines + "\n}\n")


main()
