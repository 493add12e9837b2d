package lathe.engine.solve;

import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.LayerProblem;

/** Compresses one layer. A pure function of its problem; implementations are immutable and thread-safe. */
public interface LayerSolver {

    /** Finds quantized weights for the problem. The same problem gives the same answer, bit for bit. */
    CompressedLayer solve(LayerProblem problem);

    /** Short name for reports, such as {@code gptq}. */
    String name();

    /** The name of what is done to a layer with so many inputs, where size makes a difference. */
    default String nameFor(int inputs) {
        return name();
    }
}
