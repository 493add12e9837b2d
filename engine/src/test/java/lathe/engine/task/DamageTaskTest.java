package lathe.engine.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import lathe.engine.task.DamageTask.Damage;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class DamageTaskTest {

    private static final int INPUTS = 20;
    private static final int OUTPUTS = 5;

    /** Samples of a few parts of the input space alone. */
    private static double[][] samples(int count, Random random) {
        double[][] samples = new double[count][INPUTS];
        for (double[] sample : samples) {
            for (int i = 0; i < INPUTS; i++) {
                sample[i] = 1 + random.nextGaussian();
            }
        }
        return samples;
    }

    private static LayerProblem problem(double[][] samples, double shrinkage, Random random) {
        double[] gram = new double[INPUTS * INPUTS];
        double[] mean = new double[INPUTS];
        for (double[] sample : samples) {
            for (int i = 0; i < gram.length; i++) {
                gram[i] += sample[i / INPUTS] * sample[i % INPUTS] / samples.length;
            }
            for (int i = 0; i < INPUTS; i++) {
                mean[i] += sample[i] / samples.length;
            }
        }
        float[] weights = new float[OUTPUTS * INPUTS];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return new LayerProblem(
                "a",
                new WeightMatrix(OUTPUTS, INPUTS, weights),
                GramMatrix.of(INPUTS, gram).withShrinkage(shrinkage),
                mean,
                new double[OUTPUTS]);
    }

    private static LayerConfig bits(int bits) {
        return LayerConfig.of(WeightFormat.perChannel(bits));
    }

    /** Worked out sample by sample: the variance of (W - Ŵ) x over that of W x. */
    @Test
    void isTheShareOfTheVarianceThatIsLost() {
        Random random = new Random(1);
        double[][] samples = samples(60, random);
        LayerProblem problem = problem(samples, 0, random);
        QuantizedWeights solved = Solver.GPTQ
                .of(WeightFormat.perChannel(3), new SolverOptions(12, 0.5, 1, 3, 0.1, 1))
                .solve(List.of(problem.regularized()))
                .get(0);
        double lost = 0;
        double all = 0;
        for (int row = 0; row < OUTPUTS; row++) {
            double[] errors = new double[samples.length];
            double[] outputs = new double[samples.length];
            for (int s = 0; s < samples.length; s++) {
                for (int i = 0; i < INPUTS; i++) {
                    double exact = problem.weights().at(row, i);
                    errors[s] += (exact - solved.weights().at(row, i)) * samples[s][i];
                    outputs[s] += exact * samples[s][i];
                }
            }
            lost += variance(errors);
            all += variance(outputs);
        }
        double damage = new DamageTask(List.of(problem), List.of(bits(3)), 0)
                .solve()
                .get(0)
                .share();
        assertEquals(lost / all, damage, 1e-6 * damage);
    }

    /** Independent noise of variance v on each input has the variance v ‖w‖² in an output of weights w. */
    @Test
    void noiseOfInputsIsCarriedByTheWeights() {
        Random random = new Random(7);
        double[][] samples = samples(60, random);
        LayerProblem problem = problem(samples, 0, random);
        double carried = 0;
        double all = 0;
        for (int row = 0; row < OUTPUTS; row++) {
            double[] outputs = new double[samples.length];
            for (int i = 0; i < INPUTS; i++) {
                double weight = problem.weights().at(row, i);
                carried += 0.01 * weight * weight;
                for (int s = 0; s < samples.length; s++) {
                    outputs[s] += weight * samples[s][i];
                }
            }
            all += variance(outputs);
        }
        double without = new DamageTask(List.of(problem), List.of(bits(8)), 0)
                .solve()
                .get(0)
                .share();
        double with = new DamageTask(List.of(problem), List.of(bits(8)), 0.01)
                .solve()
                .get(0)
                .share();
        assertEquals(carried / all, with - without, 1e-6 * with);
    }

    private static double variance(double[] values) {
        double mean = 0;
        double squares = 0;
        for (double value : values) {
            mean += value / values.length;
            squares += value * value / values.length;
        }
        return squares - mean * mean;
    }

    @Test
    void moreBitsDoLess() {
        Random random = new Random(2);
        LayerProblem problem = problem(samples(60, random), 0.1, random);
        List<Damage> damages = new DamageTask(List.of(problem), List.of(bits(2), bits(4), bits(6), bits(8)), 0).solve();
        for (int i = 1; i < damages.size(); i++) {
            assertTrue(damages.get(i).bits() > damages.get(i - 1).bits(), damages.toString());
            assertTrue(damages.get(i).share() < damages.get(i - 1).share() / 4, damages.toString());
        }
        assertTrue(damages.get(3).share() > 0);
    }

    /** 6 samples of 20 inputs: the solver finds directions without variance, and the error it moves there is not seen. */
    @Test
    void shrinkageShowsWhatFewSamplesHide() {
        Random random = new Random(3);
        double[][] few = samples(6, random);
        double hidden = new DamageTask(List.of(problem(few, 0, new Random(4))), List.of(bits(4)), 0)
                .solve()
                .get(0)
                .share();
        double shown = new DamageTask(List.of(problem(few, 0.5, new Random(4))), List.of(bits(4)), 0)
                .solve()
                .get(0)
                .share();
        assertTrue(shown > 2 * hidden, "%s, %s".formatted(shown, hidden));
    }

    @Test
    void aLayerWhoseOutputNeverVariesIsNotDamaged() {
        LayerProblem silent = new LayerProblem(
                "a",
                new WeightMatrix(1, 2, new float[] {1, 2}),
                GramMatrix.of(2, new double[4]),
                new double[2],
                new double[1]);
        Damage damage =
                new DamageTask(List.of(silent), List.of(bits(2)), 0).solve().get(0);
        assertEquals(0, damage.share());
    }

    @Test
    void hasTheSameResultOnceWrittenAndRead() {
        Random random = new Random(5);
        DamageTask task =
                new DamageTask(List.of(problem(samples(9, random), 0.3, random)), List.of(bits(3), bits(5)), 0);
        DamageTask read = PlainDataTest.sent(task);
        assertEquals(LayerExecutor.HERE.run(task), read.solve());
    }

    /** Of four codes 0, three times, and 1: 3 log2(4/3) + log2(4). */
    @Test
    void bitsAreTheEntropyOfTheCodes() {
        LayerProblem problem = new LayerProblem(
                "a",
                new WeightMatrix(1, 4, new float[] {0, 8, 0, 0}),
                GramMatrix.diagonal(new double[] {1, 1, 1, 1}),
                new double[4],
                new double[1]);
        Damage damage =
                new DamageTask(List.of(problem), List.of(bits(4)), 0).solve().get(0);
        assertEquals(3 * Math.log(4 / 3.0) / Math.log(2) + 2, damage.bits(), 1e-12);
    }
}
