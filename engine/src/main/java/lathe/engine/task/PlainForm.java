package lathe.engine.task;

import java.util.List;
import java.util.stream.IntStream;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.LevelTable;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.prune.Mask;
import lathe.engine.tensor.WeightMatrix;

/** What tasks hold that is no record, as records of what it was made from. */
sealed interface PlainForm {

    /** What the record was made of. */
    Object original();

    /** The record of a value, or the value itself where it needs none. */
    static Object of(Object value) {
        if (value instanceof GramMatrix gram) {
            return gram.isDiagonal() ? new Diagonal(gram.diagonal()) : Dense.of(gram);
        }
        if (value instanceof WeightMatrix weights) {
            return Weights.of(weights);
        }
        if (value instanceof Mask mask) {
            return new Kept(mask.rows(), mask.cols(), mask.toBytes());
        }
        if (value instanceof LevelTable table) {
            return new Table(table.byCode());
        }
        if (value instanceof Codebook book) {
            List<byte[]> tables =
                    IntStream.range(0, book.tables()).mapToObj(book::table).toList();
            return new Book(book.length(), tables, book.unit());
        }
        return value;
    }

    record Diagonal(double[] values) implements PlainForm {
        @Override
        public GramMatrix original() {
            return GramMatrix.diagonal(values);
        }
    }

    /**
     * All entries. Products with a matrix that was damped, shrunk or centred would have other last bits; tasks hold one of
     * these only as a metric, of which single entries are taken.
     */
    record Dense(int order, double[] values, double shrinkage) implements PlainForm {

        static Dense of(GramMatrix gram) {
            int order = gram.order();
            double[] values = new double[order * order];
            double[] row = new double[order];
            for (int i = 0; i < order; i++) {
                gram.rowInto(i, row);
                System.arraycopy(row, 0, values, i * order, order);
            }
            return new Dense(order, values, gram.shrinkage());
        }

        @Override
        public GramMatrix original() {
            return GramMatrix.of(order, values).withShrinkage(shrinkage);
        }
    }

    record Weights(int rows, int cols, float[] values) implements PlainForm {

        static Weights of(WeightMatrix weights) {
            int cols = weights.cols();
            float[] values = new float[weights.rows() * cols];
            for (int row = 0; row < weights.rows(); row++) {
                System.arraycopy(weights.floatRow(row), 0, values, row * cols, cols);
            }
            return new Weights(weights.rows(), cols, values);
        }

        @Override
        public WeightMatrix original() {
            return new WeightMatrix(rows, cols, values);
        }
    }

    record Kept(int rows, int cols, byte[] bits) implements PlainForm {
        @Override
        public Mask original() {
            return Mask.ofBytes(rows, cols, bits);
        }
    }

    record Table(float[] byCode) implements PlainForm {
        @Override
        public LevelTable original() {
            return new LevelTable(byCode);
        }
    }

    record Book(int length, List<byte[]> tables, double unit) implements PlainForm {
        @Override
        public Codebook original() {
            return new Codebook(length, tables.toArray(byte[][]::new), unit);
        }
    }
}
