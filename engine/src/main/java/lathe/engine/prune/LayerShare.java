package lathe.engine.prune;

import java.util.List;

/**
 * The same share of the weights of each layer.
 *
 * @param zeros share of weights that become zero, rounded to whole weights: 0 to 1
 */
public record LayerShare(double zeros) implements Sparsity {

    public LayerShare {
        Shares.check(zeros);
    }

    @Override
    public List<Mask> masks(List<Saliency> layers) {
        return layers.stream()
                .flatMap(layer -> LeastWorthy.masks(List.of(layer), zeros).stream())
                .toList();
    }

    @Override
    public LayerShare inRound(int round, int rounds) {
        return new LayerShare(Shares.inRound(zeros, round, rounds));
    }

    @Override
    public NOfM groups(int cols) {
        return NOfM.allCompete(cols);
    }
}
