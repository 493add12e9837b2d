package lathe.engine.qdq;

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

    private record Key(List<Long> dims, List<Long> values, boolean bytes) {}

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
                new Key(dims, List.copyOf(values), false),
                key -> edit.putFresh(Initializer.ofLongs("i", numbers, extents)));
    }

    /** The name of a tensor of UINT8. */
    String bytes(List<Long> dims, List<Long> values) {
        byte[] numbers = new byte[values.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = values.get(i).byteValue();
        }
        return names.computeIfAbsent(
                new Key(dims, List.copyOf(values), true),
                key -> edit.putFresh(Initializer.of("i", ElementType.UINT8, dims, numbers)));
    }
}
