package lathe.engine.prune;

import java.util.Arrays;
import java.util.function.IntFunction;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * The saliency of each weight when weights are removed in the best order: {@link RowElimination} for every output, to
 * the end. A weight's saliency is the largest cost so far, so that saliencies increase along the order of removal.
 * Inputs that are always zero go first, at no cost. O(outputs * inputs³).
 */
final class ExactSaliency implements SaliencyMeasure {

    private final IntFunction<NOfM> groups;

    /** @param groups the groups that an output's weights compete in, by the number of inputs */
    ExactSaliency(IntFunction<NOfM> groups) {
        this.groups = groups;
    }

    @Override
    public Saliency of(LayerProblem problem, PrunedWeights current, double energy) {
        int cols = current.weights().cols();
        float[] values = new float[current.weights().rows() * cols];
        Arrays.fill(values, Saliency.REMOVED);
        Inverses inverses = new Inverses(problem);
        for (int row = 0; row < current.weights().rows(); row++) {
            rank(current, row, inverses, energy, values);
        }
        return new Saliency(current.weights().rows(), cols, values);
    }

    private void rank(PrunedWeights current, int row, Inverses inverses, double energy, float[] values) {
        int start = row * current.weights().cols();
        int[] remaining = current.mask().remaining(row);
        NOfM pattern = groups.apply(current.weights().cols());
        int[] removable = pattern.removable(remaining, current.weights().cols());
        for (int input : remaining) {
            int group = input / pattern.m();
            boolean goes = inverses.isDead(input) && removable[group] > 0;
            values[start + input] = goes ? 0 : Float.POSITIVE_INFINITY;
            removable[group] -= goes ? 1 : 0;
        }
        int[] inputs = Arrays.stream(remaining)
                .filter(input -> !inverses.isDead(input))
                .toArray();
        RowElimination elimination = new RowElimination(
                Arrays.stream(inputs)
                        .mapToDouble(input -> current.weights().at(row, input))
                        .toArray(),
                inverses.of(inputs),
                Arrays.stream(inputs).map(input -> input / pattern.m()).toArray(),
                removable);
        float worth = 0;
        for (int next = elimination.removeNext(); next >= 0; next = elimination.removeNext()) {
            worth = Math.max(
                    Math.nextUp(worth), Saliency.share(inverses.outputWeight(row) * elimination.loss(), energy));
            values[start + inputs[next]] = worth;
        }
    }

    @Override
    public String name() {
        return "exact order";
    }

    /** Inverses of principal submatrices of H; the last one is kept, since outputs start with the same remaining weights. */
    private static final class Inverses {
        private final LayerProblem problem;
        private final double[] diagonal;
        private final GramMatrix regularized;
        private int[] inputs;
        private GramMatrix inverse;

        Inverses(LayerProblem problem) {
            this.problem = problem;
            this.diagonal = problem.gram().diagonal();
            this.regularized = problem.regularized().gram();
        }

        double outputWeight(int row) {
            return problem.outputMetric().at(row, row);
        }

        boolean isDead(int input) {
            return diagonal[input] == 0;
        }

        GramMatrix of(int[] wanted) {
            if (!Arrays.equals(wanted, inputs)) {
                inputs = wanted;
                inverse = regularized.principal(wanted).inverse().orElseThrow(() -> Pruning.noGram(problem));
            }
            return inverse;
        }
    }
}
