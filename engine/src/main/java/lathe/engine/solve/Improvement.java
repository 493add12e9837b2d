package lathe.engine.solve;

import java.util.function.Consumer;
import lathe.engine.layer.LayerProblem;

/** A way to find better codes for the outputs of a layer. Immutable and thread-safe. */
interface Improvement {

    /**
     * Computes what all outputs share, such as a factor of H.
     *
     * @return offers new codes to a block of outputs, which keeps those that lower its error
     */
    Consumer<RowBlock> prepare(LayerProblem problem);
}
