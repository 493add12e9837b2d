package lathe.engine.solve;

import java.util.Arrays;
import java.util.stream.IntStream;
import lathe.engine.grid.QuantGrid;
import lathe.engine.linalg.CholeskyFactor;

/**
 * Rounds some outputs input by input, each error spread over the inputs left: GPTQ, Frantar et al., arXiv 2210.17323.
 *
 * <p>Deviations. Errors are spread with N, where H = N D Nᵀ and N is unit upper, instead of with a factor of H's
 * inverse: the same numbers without an inverse (Babai's nearest plane). They are spread in float, since any codes are
 * valid and those kept are measured in double. Each output is rounded with several scales around the one of least
 * expected error; the best is kept, its scale is fitted to the codes, and the codes are found again while that helps.
 * O(trials * rows * inputs²). For one thread.
 */
final class GptqRounding {

    /** Inputs whose errors reach the inputs beyond the block in one product. */
    private static final int BLOCK = 128;

    /** The scales tried lie up to this far to both sides of the expected best, as a share of it. */
    private static final double REACH = 0.2;

    /** The expected error varies smoothly with the scale, so every so many candidates are enough. */
    private static final int EXPECTED_STEP = 3;

    private final SolverOptions options;
    private final CholeskyFactor factor;
    private final RowBlock block;
    private final QuantGrid grid;
    private final int[] order;
    private final float[][] weights; // inputs x rows, inputs in the factor's order
    private final float[] shares; // R_jj² of each input, as a share of the largest
    private final float dampingShare; // the damping, as the same share

    /**
     * A rounding of one block.
     *
     * @param order which input comes first, second, ...
     * @param factor of H with its inputs in that order and {@code damping} added to its diagonal
     */
    GptqRounding(SolverOptions options, int[] order, CholeskyFactor factor, double damping, RowBlock block) {
        this.options = options;
        this.factor = factor;
        this.block = block;
        this.grid = block.grid();
        this.order = order;
        this.shares = new float[order.length];
        double unit = 0;
        for (int input = 0; input < order.length; input++) {
            unit = Math.max(unit, factor.pivot(input) * factor.pivot(input));
        }
        for (int input = 0; input < order.length; input++) {
            shares[input] = (float) (factor.pivot(input) * factor.pivot(input) / unit);
        }
        this.dampingShare = (float) (damping / unit);
        this.weights = new float[order.length][block.rows()];
        for (int input = 0; input < order.length; input++) {
            for (int row = 0; row < block.rows(); row++) {
                weights[input][row] = block.weights(row)[order[input]];
            }
        }
    }

    /** Offers the block what it found. */
    void run() {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        float[] scales = expectedScales();
        float[][] codes = bestOfTrials(rows, scales);
        for (int refit = 1; refit <= options.refits(); refit++) {
            scales = block.fittedScales(rows, codes, scales);
            if (refit < options.refits()) {
                rows = block.offer(rows, codes, scales);
                scales = block.scalesOf(rows);
                codes = byOutput(round(rows, scales).codes, rows.length);
            }
        }
        block.offer(rows, codes, scales);
    }

    /**
     * The scale of least expected error. What rounding input j adds to the error is its own rounding error times R_jj,
     * squared, whatever came before; so nearest rounding foretells the error of a scale, clipping included.
     */
    private float[] expectedScales() {
        float[] best = block.scales(1);
        double[] least = new double[best.length];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        for (int candidate = 0; candidate < options.scaleCandidates(); candidate += EXPECTED_STEP) {
            float[] scales = block.scales(options.fraction(candidate));
            double[] expected = expectedErrors(scales);
            for (int row = 0; row < best.length; row++) {
                if (expected[row] < least[row]) {
                    least[row] = expected[row];
                    best[row] = scales[row];
                }
            }
        }
        return best;
    }

    private double[] expectedErrors(float[] scales) {
        float[] perUnit = new float[scales.length];
        for (int row = 0; row < scales.length; row++) {
            perUnit[row] = 1 / scales[row];
        }
        float[] expected = new float[scales.length];
        for (int input = 0; input < order.length; input++) {
            addExpected(shares[input], weights[input], perUnit, expected);
        }
        return timesSquares(expected, scales);
    }

    private void addExpected(float share, float[] weight, float[] perUnit, float[] expected) {
        for (int row = 0; row < expected.length; row++) {
            float unit = weight[row] * perUnit[row];
            float error = unit - grid.rounded(unit);
            expected[row] += share * error * error;
        }
    }

    private static double[] timesSquares(float[] values, float[] scales) {
        double[] products = new double[values.length];
        for (int row = 0; row < values.length; row++) {
            products[row] = (double) values[row] * scales[row] * scales[row];
        }
        return products;
    }

    /** Tries scales around the given ones, which become the best found; returns their codes, rows x inputs. */
    private float[][] bestOfTrials(int[] rows, float[] scales) {
        float[] centre = scales.clone();
        Rounded best = null;
        for (int trial = 0; trial < options.trials(); trial++) {
            float[] tried = new float[rows.length];
            for (int row : rows) {
                tried[row] = block.scale(row, fraction(trial) * centre[row]);
            }
            Rounded rounded = round(rows, tried);
            if (best == null) {
                best = rounded;
                System.arraycopy(tried, 0, scales, 0, tried.length);
            } else {
                best.keepBetter(rounded, scales, tried);
            }
        }
        return byOutput(best.codes, rows.length);
    }

    /** 1, then to both sides in turn, equally spaced. */
    private double fraction(int trial) {
        int steps = (trial + 1) / 2;
        int allSteps = Math.max(1, options.trials() / 2);
        return 1 + REACH * (trial % 2 == 0 ? steps : -steps) / allSteps;
    }

    /** The loop of the paper, on weights in units of their scale. */
    private Rounded round(int[] rows, float[] scales) {
        int inputs = order.length;
        float[][] units = units(rows, scales);
        float[][] moved = units(rows, scales); // by the errors of earlier inputs
        float[][] errors = new float[inputs][rows.length];
        float[][] codes = new float[inputs][rows.length];
        float[] energies = new float[rows.length];
        for (int from = 0; from < inputs; from += BLOCK) {
            int to = Math.min(inputs, from + BLOCK);
            for (int input = from; input < to; input++) {
                roundInput(shares[input], units[input], moved[input], codes[input], errors[input], energies);
                factor.spreadInto(errors, input, input + 1, input + 1, to, moved);
            }
            factor.spreadInto(errors, from, to, to, inputs, moved);
        }
        return new Rounded(codes, timesSquares(energies, scales));
    }

    private void roundInput(float share, float[] unit, float[] moved, float[] codes, float[] errors, float[] energies) {
        for (int row = 0; row < energies.length; row++) {
            float code = grid.rounded(moved[row]);
            float offPlane = moved[row] - code;
            float error = unit[row] - code;
            codes[row] = code;
            errors[row] = error;
            energies[row] += share * offPlane * offPlane - dampingShare * error * error;
        }
    }

    private float[][] units(int[] rows, float[] scales) {
        float[][] units = new float[order.length][rows.length];
        for (int input = 0; input < order.length; input++) {
            for (int k = 0; k < rows.length; k++) {
                units[input][k] = weights[input][rows[k]] / scales[k];
            }
        }
        return units;
    }

    /** From inputs x count in the factor's order to count x inputs in the layer's. */
    private float[][] byOutput(float[][] codes, int count) {
        float[][] turned = new float[count][order.length];
        for (int input = 0; input < order.length; input++) {
            for (int k = 0; k < count; k++) {
                turned[k][order[input]] = codes[input][k];
            }
        }
        return turned;
    }

    /**
     * Codes found for some outputs.
     *
     * @param codes inputs x outputs, inputs in the factor's order
     * @param energies (w - ŵ) H (w - ŵ)ᵀ of each output, to float precision and up to a common factor
     */
    private record Rounded(float[][] codes, double[] energies) {

        /** Takes over the outputs that another rounding does better. */
        void keepBetter(Rounded other, float[] scales, float[] otherScales) {
            for (int row = 0; row < scales.length; row++) {
                if (other.energies[row] < energies[row]) {
                    energies[row] = other.energies[row];
                    scales[row] = otherScales[row];
                    for (int input = 0; input < codes.length; input++) {
                        codes[input][row] = other.codes[input][row];
                    }
                }
            }
        }
    }
}
