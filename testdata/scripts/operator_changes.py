"""Writes reference/operator-changes.txt: which standard operators a model of opset 9 to 24 cannot keep as they are when
it becomes one of opset 25, by the schemas of ONNX and the kernels of ONNX Runtime. One line each: operator, opset, why.

From the schemas of two versions in a row: the operator is gone, an attribute is gone or has another default, an input
or output has another place or name, or an optional one became required. (What only a text says cannot be found so.)
From ONNX Runtime: it has a CPU kernel for the older version and neither a kernel nor a function for the newer one.

    python3 operator_changes.py

Needs onnx 1.20 or later and onnxruntime 1.29.0, the version that Lathe runs networks with.
"""

import collections
import pathlib

import onnx
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state

TARGET = pathlib.Path(__file__).parents[1] / "src/main/resources/lathe/testdata/reference/operator-changes.txt"
OLDEST, NEWEST = 9, 25
OPEN_END = 2**31 - 1


def default(attribute):
    return attribute.default_value.SerializeToString()


def ports(formal):
    return [(port.name, port.option) for port in formal]


def schema_change(old, new):
    if new.deprecated:
        return "gone"
    for name, attribute in sorted(old.attributes.items()):
        if name not in new.attributes:
            return f"attribute {name} is gone"
        if default(attribute) != default(new.attributes[name]):
            return f"attribute {name} has another default"
    for name, attribute in sorted(new.attributes.items()):
        if attribute.required and name not in old.attributes:
            return f"attribute {name} is required"
    for kind, before, after in (("inputs", old.inputs, new.inputs), ("outputs", old.outputs, new.outputs)):
        before, after = ports(before), ports(after)
        if [name for name, _ in after][: len(before)] != [name for name, _ in before]:
            return f"other {kind}"
        if any(option == onnx.defs.OpSchema.FormalParameterOption.Single for _, option in after[len(before) :]):
            return f"more {kind}"
    return None


def kernels():
    found = collections.defaultdict(list)
    for kernel in onnxruntime_pybind11_state.get_all_opkernel_def():
        if kernel.provider == "CPUExecutionProvider" and kernel.domain == "":
            found[kernel.op_name].append(kernel.version_range)
    return found


def runs(ranges, schema):
    """As ONNX Runtime matches kernels: one without an end serves only the version it starts with."""
    version = schema.since_version
    kernel = any(start == version or (start < version <= end and end != OPEN_END) for start, end in ranges)
    return kernel or schema.has_function or schema.has_context_dependent_function


def main():
    if onnxruntime.__version__ != "1.29.0":
        raise SystemExit(f"onnxruntime is {onnxruntime.__version__}, not 1.29.0")
    histories = collections.defaultdict(dict)
    for schema in onnx.defs.get_all_schemas_with_history():
        if schema.domain == "" and schema.since_version <= NEWEST:
            histories[schema.name][schema.since_version] = schema
    available = kernels()
    lines = []
    for operator, history in sorted(histories.items()):
        versions = sorted(history)
        for before, after in zip(versions, versions[1:]):
            if after <= OLDEST:
                continue
            old, new = history[before], history[after]
            why = schema_change(old, new)
            if why is None and runs(available[operator], old) and not runs(available[operator], new):
                why = "no kernel"
            if why is not None:
                lines.append(f"{operator}\t{after}\t{why}")
    TARGET.write_text("\n".join(lines) + "\n")


main()
