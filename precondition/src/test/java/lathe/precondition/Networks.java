package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.graph.Value.Dim;
import lathe.engine.onnx.OnnxWriter;

/** Runs graphs on random inputs, to compare what they compute before and after a rewrite. */
final class Networks {

    private static final OrtEnvironment ENVIRONMENT =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "test");

    private Networks() {}

    /** Asserts that both give the same outputs, up to a fraction of each output's largest magnitude. */
    static void assertSameOutputs(Graph expected, Graph actual, double fraction) throws OrtException {
        assertGives(run(expected, 1), actual, fraction);
    }

    /** Asserts that a graph gives these outputs on the inputs of seed 1, up to such a fraction. */
    static void assertGives(Map<String, float[]> before, Graph actual, double fraction) throws OrtException {
        Map<String, float[]> after = run(actual, 1);
        assertEquals(before.keySet(), after.keySet());
        before.forEach((output, values) -> {
            double largest = 1e-3;
            for (float value : values) {
                largest = Math.max(largest, Math.abs(value));
            }
            assertArrayEquals(values, after.get(output), (float) (fraction * largest), output);
        });
    }

    /** Float outputs by name, on inputs that depend on the seed alone. */
    static Map<String, float[]> run(Graph graph, long seed) throws OrtException {
        return run(graph, seed, OptLevel.ALL_OPT);
    }

    /** As above, every node computed as it stands there. */
    static Map<String, float[]> runNodeByNode(Graph graph, long seed) throws OrtException {
        return run(graph, seed, OptLevel.NO_OPT);
    }

    private static Map<String, float[]> run(Graph graph, long seed, OptLevel level) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions();
                OrtSession session = session(graph, options, level)) {
            for (Value input : graph.requiredInputs()) {
                inputs.put(input.name(), random(input, new Random(seed)));
            }
            Map<String, float[]> outputs = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(inputs)) {
                for (Map.Entry<String, OnnxValue> output : result) {
                    if (output.getValue() instanceof OnnxTensor tensor) {
                        floats(tensor).ifPresent(values -> outputs.put(output.getKey(), values));
                    }
                }
            }
            return outputs;
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static OrtSession session(Graph graph, OrtSession.SessionOptions options, OptLevel level)
            throws OrtException {
        options.setOptimizationLevel(level);
        return ENVIRONMENT.createSession(OnnxWriter.toBytes(graph), options);
    }

    /** The elements of a tensor of any floating type. */
    private static Optional<float[]> floats(OnnxTensor tensor) {
        if (tensor.getInfo().type == OnnxJavaType.DOUBLE) {
            DoubleBuffer buffer = tensor.getDoubleBuffer();
            float[] values = new float[buffer.remaining()];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) buffer.get(i);
            }
            return Optional.of(values);
        }
        return Optional.ofNullable(tensor.getFloatBuffer()).map(buffer -> {
            float[] values = new float[buffer.remaining()];
            buffer.get(values);
            return values;
        });
    }

    private static OnnxTensor random(Value input, Random random) throws OrtException {
        List<Dim> dims = input.dims().orElseThrow();
        long[] shape = new long[dims.size()];
        int size = 1;
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = dims.get(axis).extent().orElse(axis == 0 ? 2 : 32);
            size *= (int) shape[axis];
        }
        double[] values = random.doubles(size, -2, 2).toArray();
        return switch (input.type()) {
            case INT64 -> OnnxTensor.createTensor(ENVIRONMENT, LongBuffer.allocate(size), shape);
            case BOOL ->
                OnnxTensor.createTensor(ENVIRONMENT, ByteBuffer.allocateDirect(size), shape, OnnxJavaType.BOOL);
            case DOUBLE -> OnnxTensor.createTensor(ENVIRONMENT, DoubleBuffer.wrap(values), shape);
            case FLOAT16 -> {
                ShortBuffer halves = Fp16Conversions.convertFloatBufferToFp16Buffer(toFloats(values));
                yield OnnxTensor.createTensor(ENVIRONMENT, halves, shape, OnnxJavaType.FLOAT16);
            }
            default -> OnnxTensor.createTensor(ENVIRONMENT, toFloats(values), shape);
        };
    }

    private static FloatBuffer toFloats(double[] values) {
        FloatBuffer buffer = FloatBuffer.allocate(values.length);
        for (int i = 0; i < values.length; i++) {
            buffer.put(i, (float) values[i]);
        }
        return buffer;
    }
}
