package lathe.engine.solve;

import java.util.List;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;

/** Quantizes one layer. A pure function of its problem; implementations are immutable and thread-safe. */
public interface LayerSolver {

    /** Finds quantized weights for a layer of one group. The same problem gives the same answer, bit for bit. */
    default QuantizedWeights solve(LayerProblem problem) {
        return solve(List.of(problem)).get(0);
    }

    /** Finds quantized weights for a layer, group by group; groups may have to share a scale. */
    List<QuantizedWeights> solve(List<LayerProblem> groups);

    /** True if it has the step {@link #twoSided}. */
    default boolean isTwoSided() {
        return false;
    }

    /**
     * Improves what {@link #solve} found where errors of outputs interfere, see {@link LayerProblem#outputMetric}. Most
     * solvers look at outputs one by one, and have no such step.
     *
     * @param groups the problems, with a metric of their outputs
     * @param solved the answer to them, or to the same ones without that metric
     * @return the same object for a group that is left as it is
     */
    default List<QuantizedWeights> twoSided(List<LayerProblem> groups, List<QuantizedWeights> solved) {
        return solved;
    }

    /** Short name for reports, such as {@code gptq}. */
    String name();

    /** The name of the method used for a layer with this many inputs: {@link #name} unless size matters. */
    String nameFor(int inputs);
}
