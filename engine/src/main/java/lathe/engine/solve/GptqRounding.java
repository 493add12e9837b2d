package lathe.engine.solve;

import java.util.Arrays;
import java.util.stream.IntStream;
import lathe.engine.linalg.CholeskyFactor;

/**
 * Rounds some outputs input by input, each error propagated to the remaining inputs: GPTQ, Frantar et al., arXiv
 * 2210.17323.
 *
 * <p>Deviations. Errors are propagated with N, where H = N D Nᵀ and N is unit upper, instead of with a factor of H's
 * inverse: the same numbers without an inverse (Babai's nearest plane). They are propagated in float, since any codes
 * are valid and those kept are measured in double. Each output is rounded with several scales around the one of least
 * expected error; the best is kept, its scale is fitted to the codes, and the codes are found again while that helps.
 * O(trials * rows * inputs²). For one thread.
 */
final class GptqRounding {

    /** Inputs whose errors reach the inputs beyond the block in one product. */
    private static final int BLOCK = 128;

    /** The expected error varies smoothly with the scale, so a subset of the candidates is enough. */
    private static final int EXPECTED_STRIDE = 3;

    private final SolverOptions options;
    private final CholeskyFactor factor;
    private final RowBlock block;
    private final int[] order;
    private final int[] places; // of each input in that order
    private final float[][] weights; // inputs x rows, inputs in the factor's order
    private final float[] shares; // R_jj² of each input, as a share of the largest

    /**
     * A rounding of one block.
     *
     * @param order which input comes first, second, ...
     * @param factor of H with its inputs in that order
     */
    GptqRounding(SolverOptions options, int[] order, CholeskyFactor factor, RowBlock block) {
        this.options = options;
        this.factor = factor;
        this.block = block;
        this.order = order;
        this.places = new int[order.length];
        this.shares = new float[order.length];
        double unit = 0;
        for (int input = 0; input < order.length; input++) {
            unit = Math.max(unit, factor.pivot(input) * factor.pivot(input));
        }
        for (int input = 0; input < order.length; input++) {
            places[order[input]] = input;
            shares[input] = (float) (factor.pivot(input) * factor.pivot(input) / unit);
        }
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
        float[][] scales = expectedScales(rows);
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
     * The scales of least expected error. Input j adds D_j r_j² to the error, with r_j its own rounding error; so the
     * expected loss of a scale is sum_j D_j r_j², with r_j of round to nearest, clipping included.
     */
    private float[][] expectedScales(int[] rows) {
        float[][] best = block.fractions(1);
        double[] least = new double[rows.length];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        double[] differences = new double[rows.length * order.length];
        for (int candidate = 0; candidate < options.scaleCandidates(); candidate += EXPECTED_STRIDE) {
            float[][] scales = block.fractions(options.fraction(candidate));
            double[] expected = expectedErrors(rows, scales, differences);
            for (int row : rows) {
                if (expected[row] < least[row]) {
                    least[row] = expected[row];
                    best[row] = scales[row];
                }
            }
        }
        return best;
    }

    private double[] expectedErrors(int[] rows, float[][] scales, double[] differences) {
        block.nearestDifferences(rows, scales, differences);
        double[] expected = new double[rows.length];
        for (int row = 0; row < rows.length; row++) {
            for (int input = 0; input < order.length; input++) {
                double difference = differences[row * order.length + order[input]];
                expected[row] += shares[input] * difference * difference;
            }
        }
        return expected;
    }

    /** Tries scales around the given ones, which become the best found; returns their codes, rows x inputs. */
    private float[][] bestOfTrials(int[] rows, float[][] scales) {
        float[][] centre = scales.clone();
        Rounded best = null;
        for (int trial = 0; trial < options.trials(); trial++) {
            float[][] tried = new float[rows.length][];
            for (int row : rows) {
                tried[row] = block.range(row).times(centre[row], fraction(trial));
            }
            Rounded rounded = round(rows, tried);
            if (best == null) {
                best = rounded;
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
        return 1 + options.reach() * (trial % 2 == 0 ? steps : -steps) / allSteps;
    }

    /** The loop of the paper, on weights in units of their output's largest scale. */
    private Rounded round(int[] rows, float[][] scales) {
        int inputs = order.length;
        InputLevels levels = new InputLevels(block, order, rows, scales);
        float[][] units = levels.inUnits(weights);
        float[][] moved = levels.inUnits(weights); // by the errors of earlier inputs
        float[][] errors = new float[inputs][rows.length];
        float[][] codes = new float[inputs][rows.length];
        float[] energies = new float[rows.length];
        for (int from = 0; from < inputs; from += BLOCK) {
            int to = Math.min(inputs, from + BLOCK);
            for (int input = from; input < to; input++) {
                roundInput(levels, input, units[input], moved, codes, errors[input], energies);
                factor.spreadInto(errors, input, input + 1, input + 1, to, moved);
            }
            factor.spreadInto(errors, from, to, to, inputs, moved);
        }
        return new Rounded(codes, levels.timesSquaredUnits(energies));
    }

    private void roundInput(
            InputLevels levels,
            int input,
            float[] unit,
            float[][] allMoved,
            float[][] allCodes,
            float[] errors,
            float[] energies) {
        float share = shares[input];
        float[] moved = allMoved[input];
        float[] codes = allCodes[input];
        float[] wanted = wanted(levels, input, allMoved, allCodes);
        float[] scale = levels.scale(input);
        block.levels().nearest(wanted, levels.low(input), levels.high(input), codes);
        for (int row = 0; row < energies.length; row++) {
            float value = scale[row] * codes[row];
            float offPlane = moved[row] - value;
            errors[row] = unit[row] - value;
            energies[row] += share * offPlane * offPlane;
        }
    }

    /** The codes of an input before rounding; beside its neighbour's where their sum is bounded. */
    private float[] wanted(InputLevels levels, int input, float[][] moved, float[][] codes) {
        float[] wanted = levels.perScale(input).clone();
        for (int row = 0; row < wanted.length; row++) {
            wanted[row] *= moved[input][row];
        }
        CodePairs pairs = block.pairs();
        int partner = pairs.partner(order[input]);
        if (partner >= 0 && places[partner] < input) {
            float[] beside = codes[places[partner]];
            for (int row = 0; row < wanted.length; row++) {
                float least = pairs.lowestBeside(beside[row], Float.NEGATIVE_INFINITY);
                wanted[row] = Math.max(
                        least, Math.min(pairs.highestBeside(beside[row], Float.POSITIVE_INFINITY), wanted[row]));
            }
        } else if (partner >= 0) {
            int place = places[partner];
            float[] perScale = levels.perScale(place);
            for (int row = 0; row < wanted.length; row++) {
                wanted[row] =
                        pairs.sharing(wanted[row], moved[place][row] * perScale[row], shares[input], shares[place]);
            }
        }
        return wanted;
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
        void keepBetter(Rounded other, float[][] scales, float[][] otherScales) {
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
