package lathe.synth.network;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/** Tensors and their descriptions, to and from the classes of ONNX Runtime. */
final class OrtTensors {

    private static final String PREFIX = "ONNX_TENSOR_ELEMENT_DATA_TYPE_";

    private OrtTensors() {}

    /** Inputs or outputs of a session. */
    static Map<String, Value> values(Map<String, NodeInfo> infos) {
        Map<String, Value> values = new LinkedHashMap<>();
        for (NodeInfo node : infos.values()) {
            if (node.getInfo() instanceof TensorInfo info) {
                values.put(
                        node.getName(),
                        new Value(node.getName(), typeOf(info), Optional.of(dims(info)), Optional.empty()));
            } else {
                values.put(
                        node.getName(),
                        new Value(node.getName(), ElementType.UNKNOWN, Optional.empty(), Optional.empty()));
            }
        }
        return values;
    }

    private static List<Value.Dim> dims(TensorInfo info) {
        List<Value.Dim> dims = new ArrayList<>();
        String[] symbols = info.getDimensionNames();
        for (int axis = 0; axis < info.getShape().length; axis++) {
            long extent = info.getShape()[axis];
            String symbol = symbols != null && axis < symbols.length ? symbols[axis] : "";
            dims.add(extent >= 0 ? Value.Dim.fixed(extent) : Value.Dim.dynamic(symbol));
        }
        return dims;
    }

    private static ElementType typeOf(TensorInfo info) {
        return switch (info.type) {
            case STRING, UNKNOWN -> ElementType.UNKNOWN;
            default -> ElementType.valueOf(info.onnxType.name().substring(PREFIX.length()));
        };
    }

    /** A tensor of the type that an input asks for; the caller closes it. */
    static OnnxTensor toOrt(OrtEnvironment environment, Value input, Tensor tensor) throws OrtException {
        FloatBuffer values = tensor.values().duplicate();
        long[] dims = tensor.dims();
        return switch (input.type()) {
            case FLOAT -> OnnxTensor.createTensor(environment, values, dims);
            case DOUBLE -> {
                DoubleBuffer doubles = DoubleBuffer.allocate(values.remaining());
                while (values.hasRemaining()) {
                    doubles.put(values.get());
                }
                yield OnnxTensor.createTensor(environment, doubles.flip(), dims);
            }
            case FLOAT16 -> {
                ShortBuffer halves = ShortBuffer.allocate(values.remaining());
                while (values.hasRemaining()) {
                    halves.put(Fp16Conversions.floatToFp16(values.get()));
                }
                yield OnnxTensor.createTensor(environment, halves.flip(), dims, OnnxJavaType.FLOAT16);
            }
            case BFLOAT16 -> {
                ShortBuffer halves = ShortBuffer.allocate(values.remaining());
                while (values.hasRemaining()) {
                    halves.put(Fp16Conversions.floatToBf16(values.get()));
                }
                yield OnnxTensor.createTensor(environment, halves.flip(), dims, OnnxJavaType.BFLOAT16);
            }
            case INT64 -> {
                LongBuffer longs = LongBuffer.allocate(values.remaining());
                while (values.hasRemaining()) {
                    longs.put((long) Math.rint(values.get()));
                }
                yield OnnxTensor.createTensor(environment, longs.flip(), dims);
            }
            case INT32 -> {
                IntBuffer ints = IntBuffer.allocate(values.remaining());
                while (values.hasRemaining()) {
                    ints.put((int) Math.rint(values.get()));
                }
                yield OnnxTensor.createTensor(environment, ints.flip(), dims);
            }
            case UINT8 -> bytes(environment, values, dims, OnnxJavaType.UINT8);
            case INT8 -> bytes(environment, values, dims, OnnxJavaType.INT8);
            case BOOL -> bytes(environment, values, dims, OnnxJavaType.BOOL);
            default ->
                throw new UnsupportedModelException(
                        "input '%s' is of type %s, which Lathe cannot feed".formatted(input.name(), input.type()));
        };
    }

    private static OnnxTensor bytes(OrtEnvironment environment, FloatBuffer values, long[] dims, OnnxJavaType type)
            throws OrtException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(values.remaining()).order(ByteOrder.nativeOrder());
        while (values.hasRemaining()) {
            bytes.put((byte) (int) Math.rint(values.get()));
        }
        return OnnxTensor.createTensor(environment, bytes.flip(), dims, type);
    }

    /** A copy of what the runtime returned, as floats. */
    static Tensor fromOrt(String name, OnnxValue value) {
        if (!(value instanceof OnnxTensor tensor)) {
            throw new UnsupportedModelException("value '%s' is no tensor".formatted(name));
        }
        TensorInfo info = tensor.getInfo();
        return new Tensor(typeOf(info), info.getShape(), floats(name, tensor));
    }

    private static FloatBuffer floats(String name, OnnxTensor tensor) {
        TensorInfo info = tensor.getInfo();
        if (info.getNumElements() == 0) {
            return FloatBuffer.allocate(0);
        }
        switch (info.type) {
            case FLOAT, FLOAT16, BFLOAT16 -> {
                return tensor.getFloatBuffer();
            }
            case STRING, UNKNOWN -> throw new UnsupportedModelException("value '%s' holds no numbers".formatted(name));
            default -> {}
        }
        ByteBuffer bytes = tensor.getByteBuffer().order(ByteOrder.nativeOrder());
        FloatBuffer floats = FloatBuffer.allocate(Math.toIntExact(info.getNumElements()));
        while (floats.hasRemaining()) {
            floats.put(
                    switch (info.onnxType) {
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE -> (float) bytes.getDouble();
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64, ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT64 ->
                            bytes.getLong();
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 -> bytes.getInt();
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT32 -> bytes.getInt() & 0xffffffffL;
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT16 -> bytes.getShort();
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16 -> bytes.getShort() & 0xffff;
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8 -> bytes.get() & 0xff;
                        case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8, ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL -> bytes.get();
                        default ->
                            throw new UnsupportedModelException(
                                    "value '%s' is of type %s, which Lathe cannot read".formatted(name, info.type));
                    });
        }
        return floats.flip();
    }
}
