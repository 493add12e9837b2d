package lathe.engine.graph;

import java.util.List;
import java.util.Optional;

/** The value of one attribute of a node. Kinds that no rewrite needs to look into are {@link Opaque}. */
public sealed interface Attribute {

    /** Its numbers as a constant of this name, as a Constant node gives them out; empty where it holds none. */
    default Optional<Initializer> asTensor(String name) {
        return Optional.empty();
    }

    /** A 64-bit integer. */
    record Int(long value) implements Attribute {
        @Override
        public Optional<Initializer> asTensor(String name) {
            return Optional.of(Initializer.ofLongs(name, new long[] {value}));
        }
    }

    /** A list of 64-bit integers. */
    record Ints(List<Long> values) implements Attribute {
        public Ints {
            values = List.copyOf(values);
        }

        /** The same as an array. */
        public long[] toArray() {
            return values.stream().mapToLong(Long::longValue).toArray();
        }

        @Override
        public Optional<Initializer> asTensor(String name) {
            return Optional.of(Initializer.ofLongs(name, toArray(), values.size()));
        }
    }

    /** A 32-bit float. */
    record Real(float value) implements Attribute {
        @Override
        public Optional<Initializer> asTensor(String name) {
            return Optional.of(Initializer.ofFloats(name, new float[] {value}));
        }
    }

    /** A list of 32-bit floats. */
    record Reals(List<Float> values) implements Attribute {
        public Reals {
            values = List.copyOf(values);
        }

        /** The same as an array. */
        public float[] toArray() {
            float[] array = new float[values.size()];
            for (int i = 0; i < array.length; i++) {
                array[i] = values.get(i);
            }
            return array;
        }

        @Override
        public Optional<Initializer> asTensor(String name) {
            return Optional.of(Initializer.ofFloats(name, toArray(), values.size()));
        }
    }

    /** A string. */
    record Text(String value) implements Attribute {}

    /** A tensor, as in a Constant node; its own name means nothing. */
    record OfTensor(Initializer value) implements Attribute {
        @Override
        public Optional<Initializer> asTensor(String name) {
            return Optional.of(value.named(name));
        }
    }

    /** A sub-graph: the body of an If, Loop or Scan. It may read values of the graph that its node is in. */
    record OfGraph(Graph body) implements Attribute {}

    /** A sparse tensor, a list of strings or of sub-graphs...: carried, not understood. */
    record Opaque(Origin origin) implements Attribute {}
}
