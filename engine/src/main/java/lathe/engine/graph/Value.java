package lathe.engine.graph;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import lathe.engine.tensor.ElementType;

/**
 * A graph input or output.
 *
 * @param name the value's name
 * @param type element type; UNKNOWN for sequences, maps and other non-tensors
 * @param dims one entry an axis; empty when the file does not give the rank
 * @param origin as read from a file; empty when made in memory
 */
public record Value(String name, ElementType type, Optional<List<Dim>> dims, Optional<Origin> origin) {

    public Value {
        dims = dims.map(List::copyOf);
    }

    /**
     * One axis: a fixed extent, or a symbol, which may be empty.
     *
     * @param extent the fixed extent, if any
     * @param symbol the name of a dynamic axis, possibly empty
     */
    public record Dim(OptionalLong extent, String symbol) {
        public static Dim fixed(long extent) {
            return new Dim(OptionalLong.of(extent), "");
        }

        public static Dim dynamic(String symbol) {
            return new Dim(OptionalLong.empty(), symbol);
        }
    }

    /** A float output whose shape is not stated. */
    public static Value ofFloat(String name) {
        return new Value(name, ElementType.FLOAT, Optional.empty(), Optional.empty());
    }
}
