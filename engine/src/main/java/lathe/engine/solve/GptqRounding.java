package lathe.engine.solve;

import java.util.Arrays;
import java.util.stream.IntStream;
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
    private static final int BLOCK = 64;

    /** The scales tried lie up to this far to both sides of the expected best, as a share of it. */
    private static final double REACH = 0.2;

    private final SolverOptions options;
    private final CholeskyFactor factor;
    private final double damping;
    private final RowBlock block;
    private final int[] order;
    private final float[] weights; // inputs x rows, inputs in the factor's order

    /**
     * A rounding of one block.
     *
     * @param order which input comes first, second, ...
     * @param factor of H with its inputs in that order and {@code damping} added to its diagonal
     */
    GptqRounding(SolverOptions options, int[] order, CholeskyFactor factor, double damping, RowBlock block) {
        this.options = options;
        this.factor = factor;
        this.damping = damping;
        this.block = block;
        this.order = order;
        this.weights = new float[order.length * block.rows()];
        for (int input = 0; input < order.length; input++) {
            for (int row = 0; row < block.rows(); row++) {
                weights[input * block.rows() + row] = (float) block.weights()[row * order.length + order[input]];
            }
        }
    }

    /** Offers the block what it found. */
    void run() {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        float[] scales = expectedScales();
        double[] codes = bestOfTrials(rows, scales);
        for (int refit = 1; refit <= options.refits(); refit++) {
            scales = block.fittedScales(rows, codes, scales);
            if (refit < options.refits()) {
                rows = block.offer(rows, codes, scales);
                scales = block.scalesOf(rows);
                codes = byOutput(round(rows, scales).codes);
            }
        }
        block.offer(rows, codes, scales);
    }

    /**
     * The scale of least expected error. What rounding input j adds to the error is its own rounding error times R_jj,
     * squared, whatever came before; so nearest rounding foretells the error of a scale, clipping included.
     */
    private float[] expectedScales() {
        int count = block.rows();
        float[] best = block.scales(1);
        double[] least = new double[count];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        for (int candidate = 0; candidate < options.scaleCandidates(); candidate++) {
            float[] scales = block.scales(options.fraction(candidate));
            double[] expected = new double[count];
            for (int input = 0; input < order.length; input++) {
                double share = factor.pivot(input) * factor.pivot(input);
                for (int row = 0; row < count; row++) {
                    double unit = weights[input * count + row] / (double) scales[row];
                    double error = (unit - block.grid().rounded(unit)) * scales[row];
                    expected[row] += share * error * error;
                }
            }
            for (int row = 0; row < count; row++) {
                if (expected[row] < least[row]) {
                    least[row] = expected[row];
                    best[row] = scales[row];
                }
            }
        }
        return best;
    }

    /** Tries scales around the given ones, which become the best found; returns their codes, rows x inputs. */
    private double[] bestOfTrials(int[] rows, float[] scales) {
        float[] centre = scales.clone();
        Rounded best = null;
        for (int trial = 0; trial < options.trials(); trial++) {
            double fraction = options.trials() == 1 ? 1 : 1 - REACH + 2 * REACH * trial / (options.trials() - 1);
            float[] tried = new float[rows.length];
            for (int row : rows) {
                tried[row] = block.scale(row, fraction * centre[row]);
            }
            Rounded rounded = round(rows, tried);
            if (best == null) {
                best = rounded;
                System.arraycopy(tried, 0, scales, 0, tried.length);
            } else {
                best.keepBetter(rounded, scales, tried);
            }
        }
        return byOutput(best.codes);
    }

    /** The loop of the paper, on weights in units of their scale. */
    private Rounded round(int[] rows, float[] scales) {
        int count = rows.length;
        float[] units = units(rows, scales);
        float[] moved = units.clone(); // by the errors of earlier inputs
        float[] errors = new float[units.length];
        float[] codes = new float[units.length];
        double[] energies = new double[count];
        for (int from = 0; from < order.length; from += BLOCK) {
            int to = Math.min(order.length, from + BLOCK);
            for (int input = from; input < to; input++) {
                double share = factor.pivot(input) * factor.pivot(input);
                for (int i = input * count, row = 0; row < count; i++, row++) {
                    codes[i] = (float) block.grid().rounded(moved[i]);
                    errors[i] = units[i] - codes[i];
                    float offPlane = moved[i] - codes[i];
                    energies[row] += share * offPlane * offPlane - damping * errors[i] * errors[i];
                }
                factor.spreadInto(errors, input, input + 1, input + 1, to, moved, count);
            }
            factor.spreadInto(errors, from, to, to, order.length, moved, count);
        }
        for (int row = 0; row < count; row++) {
            energies[row] *= (double) scales[row] * scales[row];
        }
        return new Rounded(codes, energies);
    }

    private float[] units(int[] rows, float[] scales) {
        float[] units = new float[order.length * rows.length];
        for (int input = 0; input < order.length; input++) {
            for (int k = 0; k < rows.length; k++) {
                units[input * rows.length + k] = weights[input * block.rows() + rows[k]] / scales[k];
            }
        }
        return units;
    }

    /** From inputs x count in the factor's order to count x inputs in the layer's. */
    private double[] byOutput(float[] codes) {
        double[] turned = new double[codes.length];
        int count = codes.length / order.length;
        for (int input = 0; input < order.length; input++) {
            for (int k = 0; k < count; k++) {
                turned[k * order.length + order[input]] = codes[input * count + k];
            }
        }
        return turned;
    }

    /**
     * Codes found for some outputs.
     *
     * @param codes inputs x outputs, inputs in the factor's order
     * @param energies (w - ŵ) H (w - ŵ)ᵀ of each output, to float precision
     */
    private record Rounded(float[] codes, double[] energies) {

        /** Takes over the outputs that another rounding does better. */
        void keepBetter(Rounded other, float[] scales, float[] otherScales) {
            int count = scales.length;
            for (int row = 0; row < count; row++) {
                if (other.energies[row] < energies[row]) {
                    energies[row] = other.energies[row];
                    scales[row] = otherScales[row];
                    for (int i = row; i < codes.length; i += count) {
                        codes[i] = other.codes[i];
                    }
                }
            }
        }
    }
}
