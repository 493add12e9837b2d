package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PruningTest {

    private static final int ESTIMATED = 0;

    private static final List<LayerProblem> NETWORK =
            List.of(Examples.problem(8, 9, 40, 1), Examples.problem(6, 40, 100, 2), Examples.problem(10, 70, 200, 3));

    private static double energy(LayerProblem problem) {
        return LayerError.of(problem, problem.weights()).energy();
    }

    private static double error(List<PrunedWeights> pruned) {
        double error = 0;
        for (int layer = 0; layer < NETWORK.size(); layer++) {
            error += LayerError.of(NETWORK.get(layer), pruned.get(layer).weights())
                    .relative();
        }
        return error;
    }

    private static List<List<PrunedWeights>> rounds(Pruning pruning, int rounds) {
        List<List<PrunedWeights>> states = new ArrayList<>();
        states.add(NETWORK.stream()
                .map(layer -> PrunedWeights.all(layer.weights()))
                .toList());
        for (int round = 1; round <= rounds; round++) {
            List<Saliency> saliencies = new ArrayList<>();
            for (int layer = 0; layer < NETWORK.size(); layer++) {
                LayerProblem problem = NETWORK.get(layer);
                saliencies.add(pruning.saliency(problem, states.get(round - 1).get(layer), energy(problem)));
            }
            List<Mask> masks = pruning.masks(saliencies, round, rounds);
            List<PrunedWeights> state = new ArrayList<>();
            for (int layer = 0; layer < NETWORK.size(); layer++) {
                state.add(pruning.fit(NETWORK.get(layer), masks.get(layer)));
            }
            states.add(state);
        }
        return states;
    }

    @ParameterizedTest
    @CsvSource({"0.5, 1, 0", "0.7, 4, 0", "0.9, 3, 1152", "0.7, 1, 40"})
    void everyRoundHasItsShareOfZerosAndRevivesNone(double share, int rounds, int largestExact) {
        NetworkShare target = new NetworkShare(share);
        List<List<PrunedWeights>> states = rounds(new Pruning(target, largestExact), rounds);
        long weights = 8 * 9 + 6 * 40 + 10 * 70;
        for (int round = 1; round <= rounds; round++) {
            long zeros = states.get(round).stream()
                    .mapToLong(layer -> layer.mask().zeros())
                    .sum();
            assertEquals(Math.round(target.inRound(round, rounds).zeros() * weights), zeros);
            for (int layer = 0; layer < NETWORK.size(); layer++) {
                Mask before = states.get(round - 1).get(layer).mask();
                PrunedWeights now = states.get(round).get(layer);
                for (int row = 0; row < before.rows(); row++) {
                    for (int col = 0; col < before.cols(); col++) {
                        assertFalse(now.mask().keeps(row, col) && !before.keeps(row, col));
                        assertTrue(now.mask().keeps(row, col) || now.weights().at(row, col) == 0);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 4, 0, 2", "1, 4, 0, 3", "2, 4, 1152, 1", "1, 3, 40, 2"})
    void nOfMHoldsInEveryGroup(int n, int m, int largestExact, int rounds) {
        Pruning pruning = new Pruning(new NOfM(n, m), largestExact);
        for (PrunedWeights layer : rounds(pruning, rounds).get(rounds)) {
            for (int row = 0; row < layer.mask().rows(); row++) {
                for (int start = 0; start + m <= layer.mask().cols(); start += m) {
                    int kept = 0;
                    for (int col = start; col < start + m; col++) {
                        kept += layer.mask().keeps(row, col) ? 1 : 0;
                    }
                    assertEquals(n, kept);
                }
            }
        }
    }

    /** Not a law, but why there are rounds, and an exact order; with a wide margin on these problems. */
    @Test
    void roundsHelpAndTheExactOrderHelpsMore() {
        NetworkShare target = new NetworkShare(0.8);
        double once = error(rounds(new Pruning(target, ESTIMATED), 1).get(1));
        double inRounds = error(rounds(new Pruning(target, ESTIMATED), 4).get(4));
        double exact = error(rounds(new Pruning(target), 1).get(1));
        assertTrue(inRounds < once, "%s, %s at once".formatted(inRounds, once));
        assertTrue(exact < inRounds, "%s, %s in rounds".formatted(exact, inRounds));
    }

    @Test
    void exactlyUpToTheOrderThatTheOptionsSay() {
        Pruning pruning = new Pruning(new NetworkShare(0.5), 40);
        assertEquals("exact order", pruning.rankingFor(8, 40));
        assertEquals("estimated saliency", pruning.rankingFor(8, 41));
        Pruning usual = new Pruning(new NetworkShare(0.5));
        assertEquals("exact order", usual.rankingFor(64, 576));
        assertEquals("estimated saliency", usual.rankingFor(160, 960));
        assertArrayEquals(
                new EstimatedSaliency()
                        .of(NETWORK.get(2), PrunedWeights.all(NETWORK.get(2).weights()), 2)
                        .values(),
                pruning.saliency(
                                NETWORK.get(2), PrunedWeights.all(NETWORK.get(2).weights()), 2)
                        .values());
    }

    @Test
    void groupsOfALayerShareItsEnergyAndItsMask() {
        Pruning pruning = new Pruning(new LayerShare(0.5), ESTIMATED);
        List<LayerProblem> groups = List.of(Examples.problem(1, 9, 40, 1), Examples.problem(1, 9, 40, 2));
        Saliency layer = Saliency.ofGroups(groups.stream()
                .map(group -> pruning.saliency(group, PrunedWeights.all(group.weights()), 7))
                .toList());
        assertEquals(2, layer.rows());
        Mask mask = pruning.masks(List.of(layer), 1, 1).get(0);
        assertEquals(9, mask.zeros());
        for (int group = 0; group < 2; group++) {
            PrunedWeights fitted = pruning.fit(groups.get(group), mask.rows(group, group + 1));
            assertEquals(mask.rows(group, group + 1), fitted.mask());
        }
    }
}
