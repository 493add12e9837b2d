package lathe.precondition;

import lathe.engine.pipeline.GraphPass;

/** The rewrites this module offers. */
public final class GraphPasses {

    private GraphPasses() {}

    /** Raises the operator set to one that can hold weights with a scale per channel, where it is older. */
    public static GraphPass opsetRaise() {
        return new OpsetRaise();
    }

    /** Folds each BatchNormalization into the layer before it and keeps its statistics. */
    public static GraphPass batchNormFold() {
        return new BatchNormFold();
    }
}
