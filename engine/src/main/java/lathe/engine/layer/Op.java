package lathe.engine.layer;

import lathe.engine.graph.Window;

/**
 * The operators whose weights Lathe compresses, under their ONNX names. Each knows where the weight of input
 * {@code col} in output {@code row} of the layer's matrix lies in the stored tensor.
 */
public sealed interface Op {

    /** Position in the stored weight tensor of one entry of the layer's matrix, {@code rows x cols}, all groups. */
    int storedIndex(int row, int col, int rows, int cols);

    /** The axis of the stored weight tensor that runs over outputs. */
    int outputAxis();

    /** The axis of the stored weight tensor that runs over the input channels of a group. */
    default int inputAxis() {
        return 1 - outputAxis();
    }

    /** Columns of one input channel: taps of the kernel, 1 where there is no kernel. */
    default int taps() {
        return 1;
    }

    /**
     * Weights stored as outputs x inputs/groups x kernel.
     *
     * @param window geometry
     * @param groups number of groups
     */
    record Conv(Window window, int groups) implements Op {
        @Override
        public int taps() {
            return window.taps();
        }

        @Override
        public int storedIndex(int row, int col, int rows, int cols) {
            return row * cols + col;
        }

        @Override
        public int outputAxis() {
            return 0;
        }
    }

    /**
     * Weights stored as inputs x outputs x kernel; a column of the matrix is (input, tap). One group.
     *
     * @param window geometry
     * @param taps number of kernel taps, the product of the kernel's extents
     */
    record ConvTranspose(Window window, int taps) implements Op {
        @Override
        public int storedIndex(int row, int col, int rows, int cols) {
            return (col / taps * rows + row) * taps + col % taps;
        }

        @Override
        public int outputAxis() {
            return 1;
        }
    }

    /**
     * {@code alpha A B + beta C} with constant B.
     *
     * @param transposeA true if A is inputs x samples
     * @param transposeB true if B is stored as outputs x inputs
     */
    record Gemm(boolean transposeA, boolean transposeB) implements Op {
        @Override
        public int storedIndex(int row, int col, int rows, int cols) {
            return transposeB ? row * cols + col : col * rows + row;
        }

        @Override
        public int outputAxis() {
            return transposeB ? 0 : 1;
        }
    }

    /** {@code A B} with constant B stored as inputs x outputs; A of any rank. */
    record MatMul() implements Op {
        @Override
        public int storedIndex(int row, int col, int rows, int cols) {
            return col * rows + row;
        }

        @Override
        public int outputAxis() {
            return 1;
        }
    }
}
