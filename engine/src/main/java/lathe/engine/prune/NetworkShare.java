package lathe.engine.prune;

import java.util.List;

/**
 * A share of all weights of all layers, by one saliency threshold, which determines the sparsity of each layer.
 *
 * @param zeros share of weights that become zero, rounded to whole weights: 0 to 1
 */
public record NetworkShare(double zeros) implements Sparsity {

    public NetworkShare {
        Shares.check(zeros);
    }

    @Override
    public List<Mask> masks(List<Saliency> layers) {
        return LeastWorthy.masks(layers, zeros);
    }

    @Override
    public NetworkShare inRound(int round, int rounds) {
        return new NetworkShare(Shares.inRound(zeros, round, rounds));
    }

    @Override
    public NOfM groups(int cols) {
        return NOfM.allCompete(cols);
    }
}
