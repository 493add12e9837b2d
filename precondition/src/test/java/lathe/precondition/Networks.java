package lathe.precondition;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.graph.Value.Dim;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;

/** Runs graphs on random inputs, to compare what they compute before and after a rewrite. */
final class Networks {

    private static final OrtEnvironment ENVIRONMENT =
            OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "test");

    private Networks() {}

    /** Float outputs by name, on inputs that depend on the seed alone. */
    static Map<String, float[]> run(Graph graph, long seed) throws OrtException {
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try (OrtSession session =
                ENVIRONMENT.createSession(OnnxWriter.toBytes(graph), new OrtSession.SessionOptions())) {
            for (Value input : graph.requiredInputs()) {
                inputs.put(input.name(), random(input, new Random(seed)));
            }
            Map<String, float[]> outputs = new LinkedHashMap<>();
            try (OrtSession.Result result = session.run(inputs)) {
                for (Map.Entry<String, OnnxValue> output : result) {
                    if (output.getValue() instanceof OnnxTensor tensor && tensor.getFloatBuffer() != null) {
                        float[] values = new float[tensor.getFloatBuffer().remaining()];
                        tensor.getFloatBuffer().get(values);
                        outputs.put(output.getKey(), values);
                    }
                }
            }
            return outputs;
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static OnnxTensor random(Value input, Random random) throws OrtException {
        List<Dim> dims = input.dims().orElseThrow();
        long[] shape = new long[dims.size()];
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = dims.get(axis).extent().orElse(axis == 0 ? 2 : 32);
        }
        int size = 1;
        for (long extent : shape) {
            size *= (int) extent;
        }
        if (input.type() == ElementType.INT64) {
            return OnnxTensor.createTensor(ENVIRONMENT, java.nio.LongBuffer.allocate(size), shape);
        }
        if (input.type() == ElementType.BOOL) {
            return OnnxTensor.createTensor(
                    ENVIRONMENT, java.nio.ByteBuffer.allocateDirect(size), shape, ai.onnxruntime.OnnxJavaType.BOOL);
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return OnnxTensor.createTensor(ENVIRONMENT, FloatBuffer.wrap(values), shape);
    }
}
