package lathe.engine.report;

/**
 * What a layer would lose if its compression ended after one stage.
 *
 * @param stage the stage
 * @param error as {@link LayerReport#error()}
 */
public record StageError(Stage stage, double error) {

    /** The stages, in their order. */
    public enum Stage {
        /** The rounding and clipping of its input alone, with the new weights; no part of {@link LayerReport#error()}. */
        INPUT,
        /** Not done, but for comparison: round to nearest, each scale just holding its largest weight. */
        ROUNDED,
        /** Zeros chosen and the weights left fitted, not yet quantized. */
        PRUNED,
        /** The layer solved by itself. */
        SOLVED,
        /** Its outputs scaled for the network's sake, which may cost the layer itself a little. */
        REFINED
    }

    /** Signal to noise of the layer's output, in dB; infinite when nothing was lost. */
    public double signalToNoise() {
        return -10 * Math.log10(error);
    }
}
