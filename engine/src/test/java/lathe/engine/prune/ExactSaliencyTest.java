package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lathe.engine.layer.LayerProblem;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ExactSaliencyTest extends SaliencyMeasureContract {

    @Override
    SaliencyMeasure measure() {
        return new ExactSaliency(NOfM::allCompete);
    }

    @Property(tries = 50, seed = "1")
    void ranksInTheOrderOfElimination(
            @ForAll @IntRange(min = 1, max = 40) int cols, @ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(2, cols, 2 * cols, seed);
        Saliency saliency = all(problem, 1);
        for (int row = 0; row < 2; row++) {
            RowElimination elimination = new RowElimination(
                    problem.weights().row(row),
                    problem.gram().regularized().inverse().orElseThrow(),
                    new int[cols],
                    new int[] {cols});
            List<Integer> expected = new ArrayList<>();
            double largest = 0;
            for (int step = 0; step < cols; step++) {
                expected.add(elimination.removeNext());
                largest = Math.max(largest, elimination.loss());
                float found = saliency.values()[row * cols + expected.get(step)];
                assertEquals(largest, found, 1e-5 * largest);
            }
            assertEquals(expected, order(saliency, row));
        }
    }

    @Property(tries = 30, seed = "2")
    void noTwoWeightsOfAnOutputAreWorthTheSame(@ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(3, 20, 10, seed);
        float[] values = all(problem, 1).values();
        for (int row = 0; row < 3; row++) {
            assertEquals(
                    20,
                    Arrays.stream(order(all(problem, 1), row).toArray())
                            .map(col -> values[(Integer) col])
                            .distinct()
                            .count());
        }
    }

    /** After a threshold and a fit the order goes on as it would have. */
    @Property(tries = 30, seed = "3")
    void roundsDoNotChangeTheOrder(@ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(3, 20, 60, seed);
        Saliency once = all(problem, 1);
        Mask half = new NetworkShare(0.5).masks(List.of(once)).get(0);
        PrunedWeights fitted = new Pruning(new NetworkShare(0.5), 20).fit(problem, half);
        Saliency later = measure().of(problem, fitted, 1);
        for (double share : new double[] {0.5, 0.7, 0.9}) {
            assertEquals(new NetworkShare(share).masks(List.of(once)), new NetworkShare(share).masks(List.of(later)));
        }
    }

    @Test
    void whereWeightsCompeteInGroupsThePlacesGoToThoseThatMustStay() {
        LayerProblem problem = Examples.problem(5, 10, 40, 1);
        NOfM pattern = new NOfM(2, 4);
        Saliency saliency = new ExactSaliency(pattern::groups).of(problem, PrunedWeights.all(problem.weights()), 1);
        Mask mask = pattern.masks(List.of(saliency)).get(0);
        for (int i = 0; i < 50; i++) {
            assertEquals(mask.keeps(i / 10, i % 10), saliency.values()[i] == Float.POSITIVE_INFINITY);
        }
        assertEquals(5 * (2 + 2 + 1), mask.remaining());
    }

    @Test
    void deadWeightsTakeNoPlaceFromLiveOnes() {
        LayerProblem problem = Examples.withDead(Examples.problem(5, 8, 40, 1), 1, 2, 4, 5, 6);
        NOfM pattern = new NOfM(2, 4);
        Saliency saliency = new ExactSaliency(pattern::groups).of(problem, PrunedWeights.all(problem.weights()), 1);
        Mask mask = pattern.masks(List.of(saliency)).get(0);
        for (int row = 0; row < 5; row++) {
            assertTrue(mask.keeps(row, 0) && mask.keeps(row, 3) && mask.keeps(row, 7));
            assertEquals(4, mask.remaining(row).length);
        }
    }
}
