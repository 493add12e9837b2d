package lathe.precondition;

import lathe.engine.pipeline.GraphPass;

/** The rewrites this module offers. */
public final class GraphPasses {

    private GraphPasses() {}

    /** Folds each BatchNormalization into the layer before it and keeps its statistics. */
    public static GraphPass batchNormFold() {
        return new BatchNormFold();
    }
}
