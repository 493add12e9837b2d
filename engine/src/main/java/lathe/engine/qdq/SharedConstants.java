package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;

/** Small constants, such as shapes, each stored once for all the nodes that read it. */
final class SharedConstants {

    private final GraphEdit edit;
    private final Map<Key, String> names = new HashMap<>();

    private record Key(List<Long> dims, List<Long> values, ElementType type) {}

    SharedConstants(GraphEdit edit) {
        this.edit = edit;
    }

    /** The name of a vector of INT64. */
    String longs(List<Long> values) {
        return put(List.of((long) values.size()), values);
    }

    /** The name of one INT64. */
    String scalar(long value) {
        return put(List.of(), List.of(value));
    }

    private String put(List<Long> dims, List<Long> values) {
        long[] numbers = values.stream().mapToLong(Long::longValue).toArray();
        long[] extents = dims.stream().mapToLong(Long::longValue).toArray();
        return names.computeIfAbsent(
                new Key(dims, List.copyOf(values), ElementType.INT64),
                key -> edit.putFresh(Initializer.ofLongs("i", numbers, extents)));
    }

    /** The name of a tensor of UINT8. */
    String bytes(List<Long> dims, List<Long> values) {
        byte[] numbers = new byte[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i).byteValue();
        }
        return put(ElementType.UINT8, dims, numbers);
    }

    /** The name of a tensor of INT8. */
    String integers(List<Long> dims, byte[] values) {
        return put(ElementType.INT8, dims, values);
    }

    private String put(ElementType type, List<Long> dims, byte[] numbers) {
        List<Long> values = new ArrayList<>();
        for (byte number : numbers) {
            values.add((long) number);
        }
        return names.computeIfAbsent(
                new Key(dims, values, type), key -> edit.putFresh(Initializer.of("i", type, dims, numbers)));
    }
}
