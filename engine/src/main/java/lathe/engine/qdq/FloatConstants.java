package lathe.engine.qdq;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float16;

/** Writes constants as FLOAT, or as FLOAT16 behind a Cast; equal ones once. Not thread-safe. */
final class FloatConstants {

    /** Share of a tensor's energy that rounding to FLOAT16 may take: 60 dB. */
    private static final double LARGEST_ERROR = 1e-6;

    /** Elements from which on halves save more than a Cast takes. */
    private static final int LEAST_HALVES = 64;

    private final GraphEdit edit;
    private final Map<List<Object>, String> written = new HashMap<>();
    private int floats;
    private int halves;
    private int coarse;

    FloatConstants(GraphEdit edit) {
        this.edit = edit;
    }

    /** Tensors written as FLOAT. */
    int floats() {
        return floats;
    }

    /** Tensors written as FLOAT16. */
    int halves() {
        return halves;
    }

    /** Tensors that FLOAT16 was too coarse for. */
    int coarse() {
        return coarse;
    }

    /** The name of a tensor in FLOAT. */
    String put(float[] elements, List<Long> dims) {
        long[] extents = dims.stream().mapToLong(Long::longValue).toArray();
        Initializer tensor = Initializer.ofFloats("w", elements, extents);
        return written.computeIfAbsent(key(tensor), key -> {
            floats++;
            return edit.putFresh(tensor);
        });
    }

    private static List<Object> key(Initializer tensor) {
        return List.of(tensor.type(), tensor.dims(), tensor.bytes().buffer());
    }

    /** True if a tensor is worth being stored in FLOAT16, and is as good there. */
    boolean fitsHalf(float[] elements) {
        if (elements.length < LEAST_HALVES) {
            return false;
        }
        double energy = 0;
        double error = 0;
        for (float element : elements) {
            double lost = (double) Float16.toFloat(Float16.of(element)) - element;
            energy += (double) element * element;
            error += lost * lost;
        }
        boolean fits = error <= LARGEST_ERROR * energy; // false where something is infinite
        coarse += fits ? 0 : 1;
        return fits;
    }

    /** The name of a tensor that is cast from FLOAT16. */
    String putHalf(float[] elements, List<Long> dims) {
        Initializer tensor = Initializer.ofHalves("h", elements, dims);
        return written.computeIfAbsent(key(tensor), key -> {
            halves++;
            String cast = edit.freshName("w");
            Map<String, Attribute> to = Map.of("to", new Attribute.Int(ElementType.FLOAT.code()));
            edit.prepend(Node.of("", "Cast", List.of(edit.putFresh(tensor)), List.of(cast), to));
            return cast;
        });
    }
}
