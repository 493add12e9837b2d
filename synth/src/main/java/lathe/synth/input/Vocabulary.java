package lathe.synth.input;

import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;

/**
 * The ids of a vocabulary that a text might hold, and how often. Rows of the embedding table that are less than half as long
 * as the median row are left out: they keep the small values that training began with, as reserved words do. Tokenizers
 * number their pieces by falling frequency, so of 1,000 rows and more, the r-th of the others is drawn by the law of Zipf
 * and Mandelbrot, p(r) ~ 1/(r + 10); smaller tables hold characters or classes, which are drawn alike. Immutable.
 *
 * @param size number of ids that are drawn
 * @param id each of them, ascending, by its number from 0
 * @param falling true if the first ones are drawn more often
 */
record Vocabulary(int size, IntUnaryOperator id, boolean falling) {

    private static final int FEWEST_PIECES = 1000;
    private static final double OFFSET = 10;
    private static final double SHORTEST = 0.5;

    /** All ids below a number, each as likely. */
    static Vocabulary alike(long rows) {
        return new Vocabulary((int) Math.min(rows, Integer.MAX_VALUE), IntUnaryOperator.identity(), false);
    }

    /** True if a table can be looked into. */
    static boolean reads(Initializer table) {
        return table.type() == ElementType.FLOAT
                && table.rank() == 2
                && table.elements() > 0
                && table.bytes().size() <= Integer.MAX_VALUE;
    }

    /** @param table rows x width, one that {@link #reads} */
    static Vocabulary of(Initializer table) {
        int rows = Math.toIntExact(table.dims().get(0));
        int width = Math.toIntExact(table.dims().get(1));
        FloatBuffer values = table.bytes().buffer().asFloatBuffer();
        double[] lengths = new double[rows];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < width; i++) {
                float value = values.get();
                lengths[row] += (double) value * value;
            }
        }
        double[] sorted = lengths.clone();
        Arrays.sort(sorted);
        double shortest = SHORTEST * SHORTEST * sorted[rows / 2];
        int[] trained =
                IntStream.range(0, rows).filter(row -> lengths[row] >= shortest).toArray();
        return new Vocabulary(trained.length, rank -> trained[rank], rows >= FEWEST_PIECES);
    }

    /** One id. The inverse of the integral of 1/(r + 10) gives the rank. */
    int draw(SplittableRandom random) {
        if (!falling) {
            return id.applyAsInt(random.nextInt(size));
        }
        double rank = OFFSET * Math.pow((size + OFFSET) / OFFSET, random.nextDouble()) - OFFSET;
        return id.applyAsInt(Math.min(size - 1, (int) rank));
    }
}
