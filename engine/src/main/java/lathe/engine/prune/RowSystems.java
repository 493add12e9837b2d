package lathe.engine.prune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.PrincipalSolver;

/**
 * One system for each output, x A_II = b_I, where the inputs I depend on the output's mask; outputs of the same mask
 * share a factorization. Uses its solver's memory, so for one thread.
 *
 * @param problem for messages
 * @param solver of systems in A
 * @param inputs I, given an output's mask
 */
record RowSystems(LayerProblem problem, PrincipalSolver solver, Function<BitSet, int[]> inputs) {

    /**
     * Solves for some outputs.
     *
     * @param right b of the outputs {@code from} to {@code to}, all inputs, row after row
     * @return x in the same form, 0 for inputs not in I
     */
    double[] solve(Mask mask, int from, int to, double[] right) {
        double[] solved = new double[right.length];
        outputsByMask(mask, from, to).forEach((bits, outputs) -> {
            int[] chosen = inputs.apply(bits);
            int[] places = places(chosen, outputs, from, mask.cols());
            double[] part =
                    Arrays.stream(places).mapToDouble(place -> right[place]).toArray();
            if (Arrays.stream(part).anyMatch(value -> value != 0)) {
                solve(chosen, part, outputs.size());
            }
            for (int k = 0; k < places.length; k++) {
                solved[places[k]] = part[k];
            }
        });
        return solved;
    }

    private void solve(int[] chosen, double[] part, int count) {
        if (!solver.solve(chosen, part, count)) {
            throw Pruning.noGram(problem);
        }
    }

    private static Map<BitSet, List<Integer>> outputsByMask(Mask mask, int from, int to) {
        Map<BitSet, List<Integer>> outputs = new LinkedHashMap<>();
        for (int row = from; row < to; row++) {
            outputs.computeIfAbsent(mask.bits(row), bits -> new ArrayList<>()).add(row);
        }
        return outputs;
    }

    private static int[] places(int[] chosen, List<Integer> outputs, int from, int cols) {
        int[] places = new int[chosen.length * outputs.size()];
        for (int k = 0; k < places.length; k++) {
            places[k] = (outputs.get(k / chosen.length) - from) * cols + chosen[k % chosen.length];
        }
        return places;
    }
}
