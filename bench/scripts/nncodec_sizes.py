"""Codes the weights of an ONNX file with NNCodec (ISO/IEC 15938-17), and writes it with the decoded weights.

    nncodec_sizes.py MODEL.onnx OUTPUT QP...

Needs the packages nncodec (2.1.3 was used) and onnx. Writes OUTPUT-QP.onnx, whose weights are FLOAT, and prints the bytes of each
bitstream, which has no graph. 'lathe evaluate' says how near the outputs are.
"""
import sys

import numpy as np
import onnx
from nncodec.nn import decode, encode
from onnx import numpy_helper


def main(path, output, *qps):
    for qp in qps:
        model = onnx.load(path)
        weights = {f"t{i}": (t, numpy_helper.to_array(t)) for i, t in enumerate(model.graph.initializer) if t.data_type == 1}
        plain = {name: values for name, (_, values) in weights.items()}
        bits = encode(plain, args={"qp": int(qp), "use_dq": True, "verbose": False})
        decoded = decode(bits)
        for name, (tensor, values) in weights.items():
            tensor.CopyFrom(numpy_helper.from_array(np.array(decoded[name]).reshape(values.shape).astype("f"), tensor.name))
        onnx.save(model, f"{output}-{qp}.onnx")
        print(qp, len(bits), flush=True)


main(*sys.argv[1:])
