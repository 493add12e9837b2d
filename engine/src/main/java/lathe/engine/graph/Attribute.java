package lathe.engine.graph;

import java.util.List;

/** The value of one attribute of a node. Kinds that no rewrite needs to look into are {@link Opaque}. */
public sealed interface Attribute {

    /** A 64-bit integer. */
    record Int(long value) implements Attribute {}

    /** A list of 64-bit integers. */
    record Ints(List<Long> values) implements Attribute {
        public Ints {
            values = List.copyOf(values);
        }

        /** The same as an array. */
        public long[] toArray() {
            return values.stream().mapToLong(Long::longValue).toArray();
        }
    }

    /** A 32-bit float. */
    record Real(float value) implements Attribute {}

    /** A list of 32-bit floats. */
    record Reals(List<Float> values) implements Attribute {
        public Reals {
            values = List.copyOf(values);
        }
    }

    /** A string. */
    record Text(String value) implements Attribute {}

    /** A tensor, as in a Constant node. */
    record OfTensor(Initializer value) implements Attribute {}

    /** A sub-graph, a sparse tensor, a list of strings...: carried, not understood. */
    record Opaque(Origin origin) implements Attribute {}
}
