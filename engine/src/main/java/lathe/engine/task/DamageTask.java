package lathe.engine.task;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import lathe.engine.tensor.WeightMatrix;

/**
 * What each of several configurations does to a layer: the share of its output's variance that is lost, after biases are
 * corrected, on inputs as they may be and not just as they were seen.
 *
 * <p>With C the covariance of the inputs, shrunk toward its diagonal by ρ, the {@link GramMatrix#shrinkage} of H, the damage
 * is tr(E C Eᵀ) / tr(W C Wᵀ), E = W - Ŵ. Where few images were seen, C has directions without any variance, and a solver
 * moves its error there; without shrinkage such a layer, a classifier behind a global pool, would look undamaged.
 *
 * @param problems one a group
 * @param configs each with a format; weights are found by GPTQ, whatever the solver
 * @param inputNoise variance of independent noise on each input, as rounding makes it, which W carries into the output
 */
public record DamageTask(List<LayerProblem> problems, List<LayerConfig> configs, double inputNoise)
        implements Task<List<DamageTask.Damage>> {

    /**
     * What a configuration does to a layer.
     *
     * @param share of the output's variance that is lost
     * @param bits that the codes tell, their entropy as if each was drawn by itself
     */
    public record Damage(double share, double bits) {}

    /** Few scales: allocations were the same, byte for byte, as with the best solver and all scales. */
    private static final SolverOptions QUICK = new SolverOptions(12, 0.5, 1, 3, 0.1, 1);

    /** Outputs taken at a time. */
    private static final int ROWS = 512;

    public DamageTask {
        problems = List.copyOf(problems);
        configs = List.copyOf(configs);
    }

    /** One number a configuration, 0 or more. The factors of H are shared by all configurations. */
    @Override
    public List<Damage> solve() {
        List<LayerProblem> regularized =
                problems.stream().map(LayerProblem::regularized).toList();
        double variance = 0;
        double noise = 0;
        for (LayerProblem problem : problems) {
            variance += variance(problem, problem.weights());
            noise += inputNoise * power(problem);
        }
        List<Damage> damages = new ArrayList<>();
        for (LayerConfig config : configs) {
            List<QuantizedWeights> solved =
                    Solver.GPTQ.of(config.format().orElseThrow(), QUICK).solve(regularized);
            double lost = noise;
            for (int group = 0; group < solved.size(); group++) {
                LayerProblem problem = problems.get(group);
                lost += variance(
                        problem, difference(problem.weights(), solved.get(group).weights()));
            }
            damages.add(new Damage(variance > 0 ? lost / variance : 0, entropy(solved)));
        }
        return damages;
    }

    /** Bits of all codes, each as the shares of the codes say. */
    private static double entropy(List<QuantizedWeights> solved) {
        int[] counts = new int[1 << Short.SIZE];
        long count = 0;
        for (QuantizedWeights group : solved) {
            for (short code : group.codes()) {
                counts[Short.toUnsignedInt(code)]++;
            }
            count += group.codes().length;
        }
        double bits = 0;
        for (int same : counts) {
            bits += same == 0 ? 0 : same * Math.log((double) count / same) / Math.log(2);
        }
        return bits;
    }

    private static WeightMatrix difference(WeightMatrix exact, WeightMatrix found) {
        float[] difference = new float[exact.rows() * exact.cols()];
        for (int i = 0; i < difference.length; i++) {
            difference[i] = exact.at(i / exact.cols(), i % exact.cols()) - found.at(i / exact.cols(), i % exact.cols());
        }
        return new WeightMatrix(exact.rows(), exact.cols(), difference);
    }

    /** tr(W Wᵀ), each output weighted. */
    private static double power(LayerProblem problem) {
        double sum = 0;
        for (int row = 0; row < problem.weights().rows(); row++) {
            double squares = 0;
            for (double weight : problem.weights().row(row)) {
                squares += weight * weight;
            }
            sum += problem.outputMetric().at(row, row) * squares;
        }
        return sum;
    }

    /** tr(V C Vᵀ), each output weighted. */
    private static double variance(LayerProblem problem, WeightMatrix v) {
        GramMatrix covariance = problem.gram().centred(problem.mean()).shrunk();
        double sum = 0;
        for (int from = 0; from < v.rows(); from += ROWS) {
            int to = Math.min(v.rows(), from + ROWS);
            double[] energies = covariance.energies(v.rows(from, to), to - from);
            for (int row = from; row < to; row++) {
                sum += problem.outputMetric().at(row, row) * Math.max(0, energies[row - from]);
            }
        }
        return sum;
    }
}
