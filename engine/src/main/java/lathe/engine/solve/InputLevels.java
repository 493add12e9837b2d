package lathe.engine.solve;

/**
 * Scales and codes of some outputs, input by input instead of output by output: arrays over outputs, for loops that
 * take all outputs at once. Everything is measured in units of an output's largest scale. Immutable by agreement.
 */
final class InputLevels {

    /** Scales far below the largest are taken for this much of it, so that no quotient passes the range of float. */
    private static final float SMALLEST = 1e-30f;

    private final int[] order;
    private final int[] rows;
    private final float[] units;
    private final float[][] scale; // by block, or by input
    private final float[][] perScale;
    private final float[][] low;
    private final float[][] high;

    /**
     * Turns scales and codes.
     *
     * @param order which input comes first, second, ...
     * @param rows the outputs
     * @param scales rows x blocks
     */
    InputLevels(RowBlock block, int[] order, int[] rows, float[][] scales) {
        this.order = order;
        this.rows = rows;
        this.units = new float[rows.length];
        this.scale = new float[order.length][];
        this.perScale = new float[order.length][];
        this.low = new float[order.length][];
        this.high = new float[order.length][];
        for (int k = 0; k < rows.length; k++) {
            for (float size : scales[k]) {
                units[k] = Math.max(units[k], size);
            }
        }
        for (int input = 0; input < order.length; input++) {
            boolean likeTheFirst = input > 0 && block.isUniform();
            scale[input] = likeTheFirst ? scale[0] : new float[rows.length];
            perScale[input] = likeTheFirst ? perScale[0] : new float[rows.length];
            low[input] = likeTheFirst ? low[0] : new float[rows.length];
            high[input] = likeTheFirst ? high[0] : new float[rows.length];
            for (int k = 0; k < rows.length && !likeTheFirst; k++) {
                ScaleRange range = block.range(rows[k]);
                float own = scales[k][range.blockOf(order[input])];
                scale[input][k] = Math.max(SMALLEST, own / units[k]);
                perScale[input][k] = 1 / scale[input][k];
                low[input][k] = range.lowest()[order[input]];
                high[input][k] = range.highest()[order[input]];
            }
        }
    }

    /** The scale of an input in each output, in units. */
    float[] scale(int input) {
        return scale[input];
    }

    /** 1 / scale. */
    float[] perScale(int input) {
        return perScale[input];
    }

    /** The least code of an input in each output. */
    float[] low(int input) {
        return low[input];
    }

    /** The largest code of an input in each output. */
    float[] high(int input) {
        return high[input];
    }

    /** Weights, inputs x all outputs, as inputs x chosen outputs in units. */
    float[][] inUnits(float[][] weights) {
        float[][] converted = new float[order.length][rows.length];
        for (int input = 0; input < order.length; input++) {
            for (int k = 0; k < rows.length; k++) {
                converted[input][k] = weights[input][rows[k]] / units[k];
            }
        }
        return converted;
    }

    /** Energies in units as energies. */
    double[] timesSquaredUnits(float[] energies) {
        double[] products = new double[energies.length];
        for (int k = 0; k < energies.length; k++) {
            products[k] = (double) energies[k] * units[k] * units[k];
        }
        return products;
    }
}
