package lathe.engine.operator;

import java.util.OptionalInt;
import java.util.function.Function;
import java.util.function.Supplier;
import lathe.engine.graph.Window;

/** What meets the weights of a {@link WeightSite}: how its inputs are read from the tensor that the node reads. */
public sealed interface Observed {

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
     * Rows of a matrix, or of a stack of matrices: their entries are the inputs.
     *
     * @param rank number of axes that the tensor must have; empty for any
     * @param channelsFirst true if inputs are on axis 0 of a matrix, false if they are on the last axis
     */
    record Rows(OptionalInt rank, boolean channelsFirst) implements Observed {
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

    /** True where outputs are on axis 1: of windows, and of the rows of a matrix, but not of a stack of matrices. */
    default boolean hasOutputsOnAxis1() {
        return match(windows -> true, rows -> rows.rank().isPresent(), steps -> false, () -> false);
    }

    /** True for {@link Indices}. */
    default boolean isIndices() {
        return match(windows -> false, rows -> false, steps -> false, () -> true);
    }

    /** True if the products, plus a bias, are what the node writes. */
    default boolean isOutput() {
        return match(windows -> true, rows -> true, steps -> false, () -> false);
    }

    /** True for hidden states. */
    default boolean isHidden() {
        return match(windows -> false, rows -> false, Steps::hidden, () -> false);
    }
}
