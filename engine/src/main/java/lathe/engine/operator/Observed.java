package lathe.engine.operator;

import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import lathe.engine.graph.Window;

/** What meets the weights of a {@link WeightSite}: how its inputs are read from the tensor that the node reads. */
public sealed interface Observed {

    /**
     * An axis of a tensor.
     *
     * @param position from the end: -1 for the last
     * @param extent that the weights ask for
     */
    record Axis(int position, int extent) {}

    /**
     * Patches under a kernel that slides over space; channels are on axis 1.
     *
     * @param window geometry
     * @param transposed true where the kernel is spread over outputs, as by a ConvTranspose
     */
    record Windows(Window window, boolean transposed) implements Observed {
        @Override
        public <R> R match(
                Function<Windows, R> windows, Function<Rows, R> rows, Function<Steps, R> steps, Supplier<R> indices) {
            return windows.apply(this);
        }
    }

    /**
     * Entries along some axes of a tensor, at each position along the others. Axes are counted from the end, -1 for the
     * last.
     *
     * @param rank number of axes that the tensor must have; empty for any
     * @param inputs axes of the inputs of a group; of a vector, its only axis
     * @param groups axes of the groups; where one is missing or has an extent of 1, all groups along it read the same
     * @param perOutput extents of a tensor of one number per output that spreads over what the node writes, unless it reads
     *     a vector; empty where there are none
     * @param matrix true of a product with one matrix on its right, for which runtimes have kernels that compute from
     *     codes: outputs are on the last axis
     */
    record Rows(OptionalInt rank, List<Axis> inputs, List<Axis> groups, List<Long> perOutput, boolean matrix)
            implements Observed {
        public Rows {
            inputs = List.copyOf(inputs);
            groups = List.copyOf(groups);
            perOutput = List.copyOf(perOutput);
        }

        /**
         * The rows that a matrix on the right of a product meets.
         *
         * @param rank as above
         * @param axis of the inputs
         */
        static Rows ofMatrix(OptionalInt rank, int axis, int inputs, int outputs) {
            return new Rows(rank, List.of(new Axis(axis, inputs)), List.of(), List.of((long) outputs), true);
        }

        @Override
        public <R> R match(
                Function<Windows, R> windows, Function<Rows, R> rows, Function<Steps, R> steps, Supplier<R> indices) {
            return rows.apply(this);
        }
    }

    /**
     * What a recurrent node multiplies in each step: the inputs of the step, on the last axis of the tensor that it reads, or
     * its own hidden states, of which each direction has its own. Gates are computed of the products inside the node.
     *
     * @param hidden true for hidden states: the first output of the node, steps x directions x batch x states
     */
    record Steps(boolean hidden) implements Observed {
        @Override
        public <R> R match(
                Function<Windows, R> windows, Function<Rows, R> rows, Function<Steps, R> steps, Supplier<R> indices) {
            return steps.apply(this);
        }
    }

    /** Indices, each of which picks one output of the layer's matrix: the tensor holds whole numbers of any shape. */
    record Indices() implements Observed {
        @Override
        public <R> R match(
                Function<Windows, R> windows, Function<Rows, R> rows, Function<Steps, R> steps, Supplier<R> indices) {
            return indices.get();
        }
    }

    /** One of four answers; the compiler names the callers to change where a kind is added. */
    <R> R match(Function<Windows, R> windows, Function<Rows, R> rows, Function<Steps, R> steps, Supplier<R> indices);

    /** Positions of the input for each position of the output: the product of the strides of a Conv, else 1. */
    default long positionsPerOutput() {
        return match(
                windows -> windows.transposed() ? 1L : windows.window().positionsPerStep(),
                rows -> 1L,
                steps -> 1L,
                () -> 1L);
    }

    /** True where outputs are on axis 1: of windows, and of a matrix that is multiplied with a matrix. */
    default boolean hasOutputsOnAxis1() {
        return match(windows -> true, rows -> rows.matrix() && rows.rank().isPresent(), steps -> false, () -> false);
    }

    /** True for {@link Indices}. */
    default boolean isIndices() {
        return match(windows -> false, rows -> false, steps -> false, () -> true);
    }

    /** True if the products, plus a bias, are what the node writes. */
    default boolean isOutput() {
        return match(windows -> true, rows -> true, steps -> false, () -> false);
    }

    /** {@link Rows#perOutput}; empty for others. */
    default List<Long> perOutput() {
        return match(windows -> List.of(), Rows::perOutput, steps -> List.of(), List::of);
    }

    /** True for hidden states. */
    default boolean isHidden() {
        return match(windows -> false, rows -> false, Steps::hidden, () -> false);
    }
}
